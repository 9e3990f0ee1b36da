/** A flatbuffer (flatbuffers.dev) whose places are looked at before they are used. Throws `RangeError` for those outside. */
export class Flatbuffer {
  readonly view: DataView;
  /** Tables that may still be met: as many as there is room for, however often one is pointed to. */
  #tables: number;

  constructor(view: DataView) {
    this.view = view;
    this.#tables = view.byteLength / 4;
  }

  root(): number {
    return this.#table(this.#pointed(0));
  }

  /** A field of 8 bytes; 0 where it is left out. */
  long(table: number, slot: number): number {
    const at = this.#slot(table, slot, 8);
    return at === 0 ? 0 : Number(this.view.getBigInt64(at, true));
  }
  byte(table: number, slot: number): number {
    const at = this.#slot(table, slot, 1);
    return at === 0 ? 0 : this.view.getUint8(at);
  }

  /** A table in a field, where there is one. */
  follow(table: number, slot: number, check: (at: number) => void = () => undefined): void {
    const at = this.#slot(table, slot, 4);
    if (at !== 0) check(this.#table(this.#pointed(at)));
  }
  /** A vector of tables. */
  tables(table: number, slot: number, check: (at: number) => void): void {
    this.structs(table, slot, 4, at => check(this.#table(this.#pointed(at))));
  }
  /** A vector of things of one size; a text is one of bytes. */
  structs(table: number, slot: number, size: number, check?: (at: number) => void): void {
    const field = this.#slot(table, slot, 4);
    if (field === 0) return;
    const at = this.#pointed(field);
    const count = this.view.getUint32(at, true);
    insist(count * size <= this.view.byteLength - at - 4);
    if (check !== undefined) for (let i = 0; i < count; i++) check(at + 4 + i * size);
  }

  #pointed(at: number): number {
    insist(at + 4 <= this.view.byteLength);
    const to = at + this.view.getUint32(at, true);
    insist(to + 4 <= this.view.byteLength);
    return to;
  }

  #table(at: number): number {
    insist(this.#tables-- > 0);
    const directory = at - this.view.getInt32(at, true);
    insist(directory >= 0 && directory + 4 <= this.view.byteLength);
    const size = this.view.getInt16(directory, true);
    insist(size >= 4 && size % 2 === 0 && directory + size <= this.view.byteLength);
    return at;
  }

  /** Where a field is; 0 where it is left out. */
  #slot(table: number, slot: number, size: number): number {
    const directory = table - this.view.getInt32(table, true);
    const entry = 4 + 2 * slot;
    if (entry >= this.view.getInt16(directory, true)) return 0;
    const offset = this.view.getInt16(directory + entry, true);
    insist(offset >= 0 && table + offset + size <= this.view.byteLength);
    return offset === 0 ? 0 : table + offset;
  }
}

export function insist(holds: boolean): void {
  if (!holds) throw new RangeError('the bytes point beyond themselves');
}
