/** A schema as a registry has it. */
export interface SchemaText {
  readonly schema: string;
  /** Absent: Avro. */
  readonly schemaType?: string;
  readonly references?: readonly SchemaReference[];
}
export interface SchemaReference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/** Ids are four bytes with a sign. */
const MOST_ID = 2 ** 31 - 1;

/** What answers is no schema registry: a proxy, a page to log in, another path of the same host. */
export class StrangeAnswer extends Error {}

/** Throws StrangeAnswer for what is no schema. */
export function schemaTextIn(answer: unknown): SchemaText {
  const { schema, schemaType, references } = (answer ?? {}) as { readonly [key: string]: unknown };
  if (typeof schema !== 'string') throw new StrangeAnswer();
  // Some send null for what is not there.
  const type = schemaType ?? undefined;
  const others = references ?? [];
  if (type !== undefined && typeof type !== 'string') throw new StrangeAnswer();
  if (!Array.isArray(others) || !others.every(isReference)) throw new StrangeAnswer();
  return { schema, ...(type !== undefined && { schemaType: type }), references: others };
}
function isReference(one: unknown): one is SchemaReference {
  const { name, subject, version } = (one ?? {}) as { readonly [key: string]: unknown };
  return typeof name === 'string' && typeof subject === 'string' && Number.isInteger(version);
}

/** Throws StrangeAnswer for what no id can be: records would begin with another one. */
export function idIn(answer: unknown): number {
  if (!isCount(answer)) throw new StrangeAnswer();
  return answer;
}
/** Throws StrangeAnswer. */
export function versionIn(answer: unknown): number {
  const { version } = (answer ?? {}) as { readonly version?: unknown };
  if (!isCount(version)) throw new StrangeAnswer();
  return version;
}
function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= MOST_ID;
}

/**
 * What an error of the client says. `absent`: the registry knows that there is nothing of the kind; a 404 that does not say what is
 * missing comes from somebody else.
 */
export function failureOf(error: unknown): {
  readonly kind: 'absent' | 'strange' | 'other';
  readonly status: number | null;
} {
  const { status, errorCode } = (error ?? {}) as { readonly status?: unknown; readonly errorCode?: unknown };
  // The client looks into an answer that it takes for an object.
  if (error instanceof StrangeAnswer || error instanceof TypeError) return { kind: 'strange', status: null };
  if (typeof status !== 'number') return { kind: 'other', status: null };
  if (status === 404) return { kind: Math.floor(Number(errorCode) / 100) === 404 ? 'absent' : 'strange', status };
  // Cut off in the middle, or not what its kind says.
  if (status < 400) return { kind: 'strange', status: null };
  return { kind: 'other', status };
}
