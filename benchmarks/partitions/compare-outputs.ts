/** The rows of a run by their key, and how often each key came: exactly once is once. */
export class Output {
  readonly rows = new Map<string, string>();
  #doubled = 0;

  add(key: string, row: string): void {
    if (this.rows.has(key)) this.#doubled++;
    else this.rows.set(key, row);
  }
  /** Rows whose key had come before. */
  get doubled(): number {
    return this.#doubled;
  }
}

/** How an output differs from the one of one partition, in numbers of keys: a message never holds a value of a row. */
export interface Difference {
  readonly missing: number;
  readonly added: number;
  readonly changed: number;
  readonly doubled: number;
}

/** null where they are the same, key by key. `only` leaves out the keys of `wanted` that were not to come. */
export function differenceOf(
  wanted: Output,
  got: Output,
  only: (key: string) => boolean = () => true,
): Difference | null {
  let [missing, changed, expected] = [0, 0, 0];
  for (const [key, row] of wanted.rows) {
    if (!only(key)) continue;
    expected++;
    const other = got.rows.get(key);
    if (other === undefined) missing++;
    else if (other !== row) changed++;
  }
  const added = got.rows.size - (expected - missing);
  const difference = { missing, added, changed, doubled: got.doubled };
  return Object.values(difference).every(count => count === 0) ? null : difference;
}

export function differenceText({ missing, added, changed, doubled }: Difference): string {
  const parts = [`${missing} missing`, `${added} added`, `${changed} changed`, `${doubled} doubled`];
  return parts.filter(part => !part.startsWith('0 ')).join(', ');
}

/** A run whose output is not that of one partition: no figure of it means anything. */
export class DifferentOutput extends Error {
  override readonly name = 'DifferentOutput';
}

/** Throws `DifferentOutput`. */
export function checkSame(
  what: string,
  wanted: Output,
  got: Output,
  only: (key: string) => boolean = () => true,
): void {
  const difference = differenceOf(wanted, got, only);
  if (difference === null) return;
  throw new DifferentOutput(`${what} differ from one partition by keys: ${differenceText(difference)}`);
}
