/** A fraction of two integers, always reduced: what decimals and their products are, without a rounding. */
export interface Rational {
  readonly top: bigint;
  /** Above 0. */
  readonly bottom: bigint;
}

export const ZERO: Rational = { top: 0n, bottom: 1n };
export const ONE: Rational = { top: 1n, bottom: 1n };

function reduced(top: bigint, bottom: bigint): Rational {
  let [a, b] = [top < 0n ? -top : top, bottom < 0n ? -bottom : bottom];
  while (b > 0n) [a, b] = [b, a % b];
  const sign = bottom < 0n ? -1n : 1n;
  return { top: (sign * top) / a, bottom: (sign * bottom) / a };
}

/** The decimal that a finite number is written as (0.1 is a tenth), by another. */
export function decimal(value: number, per = 1): Rational {
  return times(written(value), inverse(written(per)));
}

function written(value: number): Rational {
  const [digits, exponent = '0'] = String(value).split('e');
  const [whole, part = ''] = digits.split('.');
  const power = Number(exponent) - part.length;
  const top = BigInt(whole + part);
  return power < 0 ? reduced(top, 10n ** BigInt(-power)) : { top: top * 10n ** BigInt(power), bottom: 1n };
}

export function times(a: Rational, b: Rational): Rational {
  return reduced(a.top * b.top, a.bottom * b.bottom);
}

/** Of what is not 0. */
export function inverse({ top, bottom }: Rational): Rational {
  return reduced(bottom, top);
}

export function minus(a: Rational, b: Rational): Rational {
  return reduced(a.top * b.bottom - b.top * a.bottom, a.bottom * b.bottom);
}

/** To a whole power, which may be negative. */
export function power(a: Rational, exponent: number): Rational {
  const size = BigInt(Math.abs(exponent));
  const raised = { top: a.top ** size, bottom: a.bottom ** size };
  return exponent < 0 ? inverse(raised) : raised;
}
