import { decimal, inverse, minus, ONE, power, type Rational, times, ZERO } from './rational.ts';

/**
 * Units of measure in UCUM's case-sensitive codes (ucum.org, version 2.1), as far as laboratories and wards use them: a term
 * is atoms with prefixes and exponents, joined by `.` and `/`, with `{annotations}` that mean nothing.
 */
export interface Unit {
  /** How many base units (m, g, s, mol, K, and a count for the International Unit) one is. */
  readonly factor: Rational;
  /** For temperatures: base = (value + offset) · factor. */
  readonly offset: Rational;
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

interface Atom extends Unit {
  /** Takes prefixes. */
  readonly metric?: true;
}
const plain = (factor: number, dimensions: Dimensions): Atom => ({ factor: decimal(factor), offset: ZERO, dimensions });
const metric = (factor: number, dimensions: Dimensions): Atom => ({ ...plain(factor, dimensions), metric: true });

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
  Cel: { factor: ONE, dimensions: HEAT, offset: decimal(273.15) },
  '[degF]': { factor: decimal(5, 9), dimensions: HEAT, offset: decimal(459.67) },
  '[iU]': metric(1, ACTIVITY),
  '[IU]': metric(1, ACTIVITY),
  // The enzyme unit, 1 µmol/min, and the katal.
  U: { ...metric(1, [0, 0, -1, 1, 0, 0]), factor: decimal(1e-6, 60) },
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

/** Longer texts are no units: the texts may be data, and their numbers grow with them. */
const MAX_UNIT_LENGTH = 100;

/** Null for a text that is no unit known here. */
export function parseUnit(text: string): Unit | null {
  if (text.length > MAX_UNIT_LENGTH) return null;
  const bare = text.trim().replaceAll(/\{[^{}]*\}/g, '');
  if (bare === '') return text.trim() === '' ? null : { factor: ONE, offset: ZERO, dimensions: NONE };
  const terms = [...bare.matchAll(/([./]?)([^./]+)/g)];
  // Everything must belong to a term: no `//`, nothing after the last separator. Only a leading `/` stands alone.
  if (terms.map(term => term[0]).join('') !== bare || bare.startsWith('.')) return null;
  let factor = ONE;
  let offset = ZERO;
  let dimensions: readonly number[] = NONE;
  for (const [, separator, term] of terms) {
    const component = parseComponent(term);
    if (component === null) return null;
    const sign = separator === '/' ? -1 : 1;
    if (component.offset !== ZERO) {
      if (terms.length > 1) return null;
      offset = component.offset;
    }
    factor = times(factor, power(component.factor, sign));
    dimensions = dimensions.map((exponent, i) => exponent + sign * component.dimensions[i]);
  }
  return { factor, offset, dimensions };
}

function parseComponent(term: string): Unit | null {
  const ten = /^10[*^]([+-]?\d{1,2})$/.exec(term);
  if (ten !== null) return { factor: power(decimal(10), Number(ten[1])), offset: ZERO, dimensions: NONE };
  const parts = /^(.*?[^\d+-])([+-]?\d)?$/.exec(term);
  const [symbol, exponent] = parts === null ? [term, 1] : [parts[1], Number(parts[2] ?? 1)];
  const atom = parseAtom(symbol);
  if (atom === null || exponent === 0 || (atom.offset !== ZERO && exponent !== 1)) return null;
  const dimensions = atom.dimensions.map(each => each * exponent);
  return { factor: power(atom.factor, exponent), offset: atom.offset, dimensions };
}

function parseAtom(symbol: string): Unit | null {
  const whole = Object.hasOwn(ATOMS, symbol) ? ATOMS[symbol] : undefined;
  if (whole !== undefined) return whole;
  for (const [prefix, scale] of Object.entries(PREFIXES)) {
    if (!symbol.startsWith(prefix)) continue;
    const rest = symbol.slice(prefix.length);
    const atom = Object.hasOwn(ATOMS, rest) ? ATOMS[rest] : undefined;
    if (atom?.metric) return { ...atom, factor: times(decimal(scale), atom.factor) };
  }
  return null;
}

/**
 * What to do to a value in `from` to have it in `to`: (x · factor + shift) / divisor; null where the two measure different
 * things. Mass and amount of substance convert by a molar mass in g/mol, where that is given.
 */
export interface Conversion {
  readonly factor: number;
  readonly shift: number;
  readonly divisor: number;
}

export function conversion(from: Unit, to: Unit, molarMass: number | null): Conversion | null {
  const [, grams, , moles] = from.dimensions.map((exponent, i) => exponent - to.dimensions[i]);
  const rest = from.dimensions.every((exponent, i) => i === 1 || i === 3 || exponent === to.dimensions[i]);
  if (!rest || grams !== -moles) return null;
  if (grams !== 0 && !(molarMass !== null && molarMass > 0 && Number.isFinite(molarMass))) return null;
  const bridge = grams === 0 || molarMass === null ? ONE : power(decimal(molarMass), -grams);
  const ratio = times(times(from.factor, inverse(to.factor)), bridge);
  const shift = minus(times(from.offset, ratio), to.offset);
  const divisor = ratio.bottom * shift.bottom;
  const [factor, added] = [ratio.top * shift.bottom, shift.top * ratio.bottom];
  return { factor: Number(factor), shift: Number(added), divisor: Number(divisor) };
}

/** Decimals of up to three places are converted as the whole numbers they are: the only rounding is the division's. */
const PLACES = 1000;

/** Not finite beyond what a double holds. */
export function converted(x: number, { factor, shift, divisor }: Conversion): number {
  const thousandths = Math.round(x * PLACES);
  if (thousandths / PLACES === x) {
    const exact = thousandths * factor + shift * PLACES;
    if (Number.isSafeInteger(exact)) return exact / (divisor * PLACES);
  }
  const whole = x * factor + shift;
  // Near the end of the doubles the product overflows where the result does not.
  return Number.isFinite(whole) ? whole / divisor : x * (factor / divisor);
}
