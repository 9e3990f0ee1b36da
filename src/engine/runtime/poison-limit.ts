import { OperationalError } from '../base/operational-error.ts';

/** As few say nothing of their share. */
const FEW = 100;
const MOST_IN_A_ROW = 1_000;

/** Of a task: rows set aside because an operator failed on them, and all that came to it, those among them. */
export interface Poisoned {
  readonly poisoned: number;
  readonly inARow: number;
  readonly rows: number;
}

/** Throws R530 over 1 % of many rows, or at 1,000 in a row: then the operator is at fault, not the rows. */
export function refuseTooMany(operator: string, { poisoned, inARow, rows }: Poisoned): void {
  if (inARow < MOST_IN_A_ROW && (poisoned <= FEW || poisoned * 100 <= rows)) return;
  throw new OperationalError('R530', `an operator fails on too many rows (${poisoned} of ${rows})`, {
    operator,
    hint: 'look at the operator rather than the rows; nothing committed is lost',
  });
}
