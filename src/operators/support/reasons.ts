import { addTo } from '../../engine/columnar/add-to.ts';
import { valueAt } from '../../engine/columnar/rows.ts';
import type { Batch } from '../../engine/contract/batch.ts';
import type { RowValue } from '../../engine/contract/function.ts';
import type { ModelContent } from '../../engine/contract/value.ts';

/** The features that tell of one column, and how. */
interface Source {
  readonly name: string;
  readonly words: string;
  /** Their places among the model's features. */
  readonly at: readonly number[];
  /** For indicators: the category of each. */
  readonly categories: readonly string[] | null;
  /** False where a rule has scaled or coded the value, so that the feature's own number would mislead. */
  readonly plain: boolean;
}

/** Contributions of a model's features in words. */
export class Reasons {
  readonly #sources: readonly Source[];
  readonly #what: string;

  constructor(model: ModelContent) {
    this.#sources = sourcesOf(model);
    const positive = model.classes.at(-1);
    this.#what = positive === true || positive === undefined ? 'the risk' : `the chance of ${positive}`;
  }

  /** For each row its `count` strongest reasons, strongest first; what contributed nothing is none. */
  of(
    batch: Batch,
    features: readonly Float64Array[],
    contributions: readonly Float64Array[],
    count: number,
  ): readonly (readonly string[])[] {
    const places = this.#sources.map(({ name }) => batch.schema.fields.findIndex(field => field.name === name));
    const strengths = this.#sources.map(({ at }) => strengthOf(at, contributions, batch.rows));
    const strongest = new Int32Array(count);
    const told: string[][] = [];
    for (let row = 0; row < batch.rows; row++) {
      const found = strongestOf(strengths, row, strongest);
      const reasons: string[] = [];
      for (let i = 0; i < found; i++) {
        const s = strongest[i];
        const strength = strengths[s][row];
        const place = places[s];
        const raw = place < 0 ? undefined : valueAt(batch.columns[place], batch.schema.fields[place].type, row);
        const subject = subjectOf(this.#sources[s], raw, features, row);
        const moves = strength > 0 ? 'raises' : 'lowers';
        const sign = strength > 0 ? '+' : '−';
        reasons.push(`${subject} ${moves} ${this.#what} (${sign}${Math.abs(strength).toFixed(2)})`);
      }
      told.push(reasons);
    }
    return told;
  }
}

/** By row, what a source's features contribute together. */
function strengthOf(at: readonly number[], contributions: readonly Float64Array[], rows: number): Float64Array {
  const sums = contributions[at[0]].slice(0, rows);
  for (const feature of at.slice(1)) addTo(sums, contributions[feature], rows);
  return sums;
}

/** The strongest sources of a row into `strongest`, of equals the first; how many there are. */
function strongestOf(strengths: readonly Float64Array[], row: number, strongest: Int32Array): number {
  let found = 0;
  for (let s = 0; s < strengths.length; s++) {
    const strength = Math.abs(strengths[s][row]);
    if (strength === 0) continue;
    let place = found;
    while (place > 0 && Math.abs(strengths[strongest[place - 1]][row]) < strength) place--;
    if (place >= strongest.length) continue;
    if (found < strongest.length) found++;
    strongest.copyWithin(place + 1, place, found - 1);
    strongest[place] = s;
  }
  return found;
}

/** Indicators of a column (`race=Asian`) belong together; every other feature stands for itself. */
function sourcesOf(model: ModelContent): readonly Source[] {
  const coded = new Set(
    (model.transform?.steps ?? []).flatMap(step => (step.kind === 'rule' && step.op !== 'impute' ? step.outputs : [])),
  );
  const byName = new Map<string, { at: number[]; categories: string[] | null; plain: boolean }>();
  model.features.forEach((feature, f) => {
    const cut = feature.indexOf('=');
    const name = cut > 0 ? feature.slice(0, cut) : feature;
    const known = byName.get(name);
    if (known === undefined) {
      byName.set(name, {
        at: [f],
        categories: cut > 0 ? [feature.slice(cut + 1)] : null,
        plain: !coded.has(feature),
      });
      return;
    }
    known.at.push(f);
    known.categories?.push(feature.slice(cut + 1));
  });
  return [...byName].map(([name, source]) => ({ name, words: name.replaceAll('_', ' ').trim(), ...source }));
}

/** `race is Asian`, `number inpatient 3`, `a1c is missing`. */
function subjectOf(
  { words, at, categories, plain }: Source,
  raw: RowValue | undefined,
  features: readonly Float64Array[],
  row: number,
): string {
  if (categories !== null) {
    const active = at.findIndex(f => features[f][row] === 1);
    if (raw === null) return `${words} is missing`;
    if (typeof raw === 'string' || typeof raw === 'number') return `${words} is ${raw}`;
    return active < 0 ? `${words} is none of the known` : `${words} is ${categories[active]}`;
  }
  const value = features[at[0]][row];
  if (raw === null || Number.isNaN(value)) return `${words} is missing`;
  if (typeof raw === 'boolean') return `${words} is ${raw ? 'yes' : 'no'}`;
  if (typeof raw === 'string') return `${words} is ${raw}`;
  if (typeof raw === 'number') return `${words} ${shown(raw)}`;
  return plain ? `${words} ${shown(value)}` : words;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}
