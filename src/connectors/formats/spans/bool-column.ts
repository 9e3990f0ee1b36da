import type { Column } from '../../../engine/contract/batch.ts';
import type { RowErrorCode } from '../../row-errors.ts';
import { nullTexts, trimBlanks } from '../text/blanks.ts';
import { ByteLookup } from './byte-lookup.ts';
import { CODE_ABSENT, CODE_BAD, codeSpans } from './coded-spans.ts';
import { latin1 } from './number-column.ts';
import { BLOCK_ROWS, SLACK_BYTES, type SpanBlock } from './span-block.ts';
import { ABSENT, BAD_TYPE, explainState, type FieldRules, PRESENT, type SpanColumn, tally } from './span-column.ts';

/** Texts that are true or false, in any letter case. JSON's own `true` and `false` are among them. */
const BOOLS: ReadonlyMap<string, number> = new Map([
  ...['true', 't', 'yes', 'y', '1'].map(text => [text, 1] as const),
  ...['false', 'f', 'no', 'n', '0'].map(text => [text, 0] as const),
]);

export class BoolSpanColumn implements SpanColumn {
  readonly #rules: FieldRules;
  readonly #nulls: ReadonlySet<string>;
  readonly #lookup = new ByteLookup();
  readonly #codes = new Int32Array(BLOCK_ROWS);
  #values = new Uint8Array(0);
  #block: SpanBlock | null = null;
  readonly #decide = (from: number, to: number): number => this.#decideText(from, to);

  constructor(rules: FieldRules) {
    this.#rules = rules;
    this.#nulls = nullTexts(rules.nulls);
    const nothing = new Uint8Array(SLACK_BYTES);
    this.#lookup.add(new DataView(nothing.buffer), 0, 0, CODE_ABSENT);
  }

  begin(capacity: number): void {
    this.#values = new Uint8Array(capacity);
  }

  grow(capacity: number): void {
    const values = new Uint8Array(capacity);
    values.set(this.#values);
    this.#values = values;
  }

  read(block: SpanBlock, slot: number, at: number, states: Uint8Array): number {
    this.#block = block;
    codeSpans(block, slot, this.#lookup, this.#codes, this.#decide);
    const { rows } = block;
    for (let row = 0; row < rows; row++) {
      const code = this.#codes[row];
      this.#values[at + row] = code > 0 ? 1 : 0;
      states[row] = code >= 0 ? PRESENT : code === CODE_ABSENT ? ABSENT : CODE_BAD - code;
    }
    return tally(states, rows);
  }

  #decideText(from: number, to: number): number {
    const { bytes, view } = this.#block!;
    // Longer than any of the texts: not worth a look, nor a place in the lookup.
    if (to - from > 64) return CODE_BAD - BAD_TYPE;
    const text = trimBlanks(latin1(bytes, from, to));
    const code = text === '' || this.#nulls.has(text) ? CODE_ABSENT : BOOLS.get(text.toLowerCase());
    if (code === undefined) return CODE_BAD - BAD_TYPE;
    if (from < to && to - from <= 8) this.#lookup.add(view, from, to, code);
    return code;
  }

  keep(at: number, kept: Int32Array, count: number): void {
    const values = this.#values;
    for (let i = 0; i < count; i++) values[at + i] = values[at + kept[i]];
  }
  finish(_rows: number, validity: Uint8Array | null): Column {
    return { kind: 'bool', values: this.#values, validity };
  }
  explain(state: number): { readonly code: RowErrorCode; readonly reason: string } {
    return explainState(this.#rules.field, state);
  }
}
