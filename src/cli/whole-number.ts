import { InvalidArgumentError } from 'commander';

/** A parser of an option: whole numbers from 1. */
export function wholeNumber(most = 1_000_000): (text: string) => number {
  return text => {
    const value = /^\d+$/.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`It takes a whole number from 1 to ${most}.`);
  };
}
