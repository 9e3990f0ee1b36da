/**
 * Units of measure in UCUM's case-sensitive codes (ucum.org, version 2.1), as far as laboratories and wards use them: a term
 * is atoms with prefixes and exponents, joined by `.` and `/`, with `{annotations}` that mean nothing.
 */
export interface Unit {
  /** How many base units (m, g, s, mol, K, and a count for the International Unit) one is. */
  readonly factor: number;
  /** For temperatures: base = (value + offset) · factor. */
  readonly offset: number;
  /** Exponents of m, g, s, mol, K, IU. */
  readonly dimensions: readonly number[];
}

type Dimensions = readonly [number, number, number, number, number, number];
const NONE: Dimensions = [0, 0, 0, 0, 0, 0];
const LENGTH: Dimensions = [1, 0, 0, 0, 0, 0];
const VOLUME: Dimensions = [3, 0, 0, 0, 0, 0];
const MASS: Dimensions = [0, 1, 0, 0, 0, 0];
const TIME: Dimensions = [0, 0, 1, 0, 0, 0];
const AMOUNT: Dimensions = [0, 0, 0, 1, 0, 0];
const HEAT: Dimensions = [0, 0, 0, 0, 1, 0];
const ACTIVITY: Dimensions = [0, 0, 0, 0, 0, 1];
const PRESSURE: Dimensions = [-1, 1, -2, 0, 0, 0];
const ENERGY: Dimensions = [2, 1, -2, 0, 0, 0];

interface Atom {
  readonly factor: number;
  readonly dimensions: Dimensions;
  /** Takes prefixes. */
  readonly metric?: true;
  readonly offset?: number;
}
const metric = (factor: number, dimensions: Dimensions): Atom => ({ factor, dimensions, metric: true });
const plain = (factor: number, dimensions: Dimensions): Atom => ({ factor, dimensions });

const ATOMS: Readonly<Record<string, Atom>> = {
  '1': plain(1, NONE),
  '%': plain(0.01, NONE),
  '[ppm]': plain(1e-6, NONE),
  m: metric(1, LENGTH),
  '[in_i]': plain(0.0254, LENGTH),
  '[ft_i]': plain(0.3048, LENGTH),
  L: metric(1e-3, VOLUME),
  l: metric(1e-3, VOLUME),
  g: metric(1, MASS),
  t: metric(1e6, MASS),
  '[lb_av]': plain(453.59237, MASS),
  '[oz_av]': plain(28.349523125, MASS),
  s: metric(1, TIME),
  min: plain(60, TIME),
  h: plain(3600, TIME),
  d: plain(86_400, TIME),
  wk: plain(604_800, TIME),
  mo: plain(2_629_800, TIME),
  a: plain(31_557_600, TIME),
  mol: metric(1, AMOUNT),
  osm: metric(1, AMOUNT),
  // UCUM makes an equivalent a mole (of charge).
  eq: metric(1, AMOUNT),
  K: metric(1, HEAT),
  Cel: { factor: 1, dimensions: HEAT, offset: 273.15 },
  '[degF]': { factor: 5 / 9, dimensions: HEAT, offset: 459.67 },
  '[iU]': metric(1, ACTIVITY),
  '[IU]': metric(1, ACTIVITY),
  // The enzyme unit, 1 µmol/min, and the katal.
  U: metric(1e-6 / 60, [0, 0, -1, 1, 0, 0]),
  kat: metric(1, [0, 0, -1, 1, 0, 0]),
  Pa: metric(1000, PRESSURE),
  bar: metric(1e8, PRESSURE),
  'm[Hg]': metric(133_322_000, PRESSURE),
  'm[H2O]': metric(9_806_650, PRESSURE),
  atm: plain(101_325_000, PRESSURE),
  J: metric(1000, ENERGY),
  cal: metric(4184, ENERGY),
  Hz: metric(1, [0, 0, -1, 0, 0, 0]),
};

const PREFIXES: Readonly<Record<string, number>> = {
  da: 10,
  h: 100,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  d: 0.1,
  c: 0.01,
  m: 1e-3,
  u: 1e-6,
  n: 1e-9,
  p: 1e-12,
  f: 1e-15,
};

/** Null for a text that is no unit known here. */
export function parseUnit(text: string): Unit | null {
  const bare = text.trim().replaceAll(/\{[^{}]*\}/g, '');
  if (bare === '') return text.trim() === '' ? null : { factor: 1, offset: 0, dimensions: NONE };
  const terms = [...bare.matchAll(/([./]?)([^./]+)/g)];
  // Everything must belong to a term: no `//`, nothing after the last separator. Only a leading `/` stands alone.
  if (terms.map(term => term[0]).join('') !== bare || bare.startsWith('.')) return null;
  let factor = 1;
  let offset = 0;
  let dimensions: readonly number[] = NONE;
  for (const [, separator, term] of terms) {
    const component = parseComponent(term);
    if (component === null) return null;
    const sign = separator === '/' ? -1 : 1;
    if (component.offset !== 0) {
      if (terms.length > 1) return null;
      offset = component.offset;
    }
    factor *= component.factor ** sign;
    dimensions = dimensions.map((exponent, i) => exponent + sign * component.dimensions[i]);
  }
  return { factor, offset, dimensions };
}

function parseComponent(term: string): Unit | null {
  const power = /^10[*^]([+-]?\d{1,2})$/.exec(term);
  if (power !== null) return { factor: 10 ** Number(power[1]), offset: 0, dimensions: NONE };
  const parts = /^(.*?[^\d+-])([+-]?\d)?$/.exec(term);
  const [symbol, exponent] = parts === null ? [term, 1] : [parts[1], Number(parts[2] ?? 1)];
  const atom = parseAtom(symbol);
  if (atom === null || exponent === 0 || (atom.offset !== 0 && exponent !== 1)) return null;
  const dimensions = atom.dimensions.map(each => each * exponent);
  return { factor: atom.factor ** exponent, offset: atom.offset, dimensions };
}

function parseAtom(symbol: string): Unit | null {
  const whole = Object.hasOwn(ATOMS, symbol) ? ATOMS[symbol] : undefined;
  if (whole !== undefined) return { factor: whole.factor, offset: whole.offset ?? 0, dimensions: whole.dimensions };
  for (const [prefix, scale] of Object.entries(PREFIXES)) {
    if (!symbol.startsWith(prefix)) continue;
    const rest = symbol.slice(prefix.length);
    const atom = Object.hasOwn(ATOMS, rest) ? ATOMS[rest] : undefined;
    if (atom?.metric) return { factor: scale * atom.factor, offset: 0, dimensions: atom.dimensions };
  }
  return null;
}

/**
 * What to do to a value in `from` to have it in `to`: (x + before) · factor − after; null where the two measure different
 * things. Mass and amount of substance convert by a molar mass in g/mol, where that is given.
 */
export function conversion(
  from: Unit,
  to: Unit,
  molarMass: number | null,
): { readonly before: number; readonly factor: number; readonly after: number } | null {
  const [, grams, , moles] = from.dimensions.map((exponent, i) => exponent - to.dimensions[i]);
  const rest = from.dimensions.every((exponent, i) => i === 1 || i === 3 || exponent === to.dimensions[i]);
  if (!rest || grams !== -moles) return null;
  if (grams !== 0 && (molarMass === null || !(molarMass > 0))) return null;
  const bridge = grams === 0 || molarMass === null ? 1 : molarMass ** -grams;
  return { before: from.offset, factor: (from.factor / to.factor) * bridge, after: to.offset };
}
