import { OperationalError } from '../../../engine/base/operational-error.ts';
import type { Schema } from '../../../engine/contract/types.ts';
import { nearestName } from '../../nearest-name.ts';

/** Where the wanted fields stand in a record. */
export interface CsvLayout {
  /** Fields of a record. */
  readonly fields: number;
  /** The slot of each field of a record, −1 for those nobody wants. */
  readonly slots: readonly number[];
  /** Slots filled from the same field as another one. */
  readonly copies: readonly { readonly slot: number; readonly from: number }[];
}

/** Finds the wanted fields among a file's column names. Throws R221 for one that is not there, R222 for one that is twice. */
export function layoutOf(
  names: readonly string[],
  schema: Schema,
  mapped: Readonly<Record<string, string>>,
  split: string,
): CsvLayout {
  const trimmed = names.map(name => name.trim());
  const slots = names.map(() => -1);
  const copies: { slot: number; from: number }[] = [];
  const wanted = schema.fields.map(field => mapped[field.name] ?? field.name);
  schema.fields.forEach((field, slot) => {
    const name = mapped[field.name] ?? field.name;
    const at = placeOf(name, names, trimmed, split);
    if (at < 0) throw missingColumn(field.name, name, wanted, trimmed, split);
    if (slots[at] < 0) slots[at] = slot;
    else copies.push({ slot, from: slots[at] });
  });
  return { fields: names.length, slots, copies };
}

/** As written, or else without the blanks around it; −1 where it is not there. */
function placeOf(name: string, names: readonly string[], trimmed: readonly string[], split: string): number {
  for (const list of [names, trimmed]) {
    const at = list.indexOf(name);
    if (at < 0) continue;
    if (list.indexOf(name, at + 1) < 0) return at;
    throw new OperationalError('R222', `the header of ${split} has the column \`${name}\` twice`, {
      hint: 'rename one of them in the file: which one is meant cannot be told',
    });
  }
  return -1;
}

function missingColumn(
  field: string,
  name: string,
  wanted: readonly string[],
  names: readonly string[],
  split: string,
): OperationalError {
  let hint: string;
  if (names.some(each => each.includes('\r'))) {
    hint = 'its lines end in CR alone, as old programs for the Mac write them: save it with line ends of LF or CRLF';
  } else if (!isSurelyHeader(wanted, names)) {
    hint = 'few of the columns are there: is its first line a header, and is `delimiter:` right?';
  } else {
    const near = nearestName(name, names);
    const shown = `${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}`;
    hint =
      near === null
        ? `its columns are ${shown}; give the right one with map: { ${field}: "…" }`
        : `did you mean \`${near}\`? Then add map: { ${field}: ${JSON.stringify(near)} } to the source`;
  }
  return new OperationalError('R221', `the header of ${split} has no column \`${name}\``, { hint });
}

/** Else the record may be a patient's, and is not quoted: half of what is wanted is there, and no name is a number or a date. */
function isSurelyHeader(wanted: readonly string[], names: readonly string[]): boolean {
  const found = wanted.filter(name => names.includes(name)).length;
  return 2 * found >= wanted.length && !names.some(name => /^[\d\s.,:/+-]+$|\r/.test(name));
}

/** The column names of a header record, quotes and doubled quotes resolved. */
export function headerNames(text: string, delimiter: string): string[] {
  const names: string[] = [];
  let name = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char !== '"') name += char;
      else if (text[i + 1] === '"') name += text[i++];
      else quoted = false;
    } else if (char === '"' && name === '') quoted = true;
    else if (char === delimiter) {
      names.push(name);
      name = '';
    } else name += char;
  }
  return [...names, name];
}
