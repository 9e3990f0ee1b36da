/**
 * The world is wrong: a file is missing, a disk is full, a lock is held. Carries a stable code (R…), the operator it
 * happened in and whether trying again can help. The message never holds a row's value.
 */
export class OperationalError extends Error {
  override readonly name = 'OperationalError';
  readonly code: string;
  readonly operator: string | null;
  readonly retriable: boolean;
  readonly hint: string | null;

  constructor(
    code: string,
    message: string,
    options: { operator?: string; retriable?: boolean; hint?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.operator = options.operator ?? null;
    this.retriable = options.retriable ?? false;
    this.hint = options.hint ?? null;
  }
}
