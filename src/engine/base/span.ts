/** A half-open range of source text: UTF-16 offsets, with the 1-based line and column of the start for people. */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
}
