import { describe, expect, it } from 'vitest';
import { checkSame, DifferentOutput, differenceOf, Output } from '../../../benchmarks/partitions/compare-outputs.ts';

function output(...rows: readonly (readonly [string, string])[]): Output {
  const made = new Output();
  for (const [key, row] of rows) made.add(key, row);
  return made;
}
const one = output(['1', 'a'], ['2', 'b'], ['3', 'c']);

describe('outputs', () => {
  it('are the same in any order', () => {
    expect(differenceOf(one, output(['3', 'c'], ['1', 'a'], ['2', 'b']))).toBeNull();
  });

  it('differ by rows that are missing, added, changed and doubled', () => {
    expect(differenceOf(one, output(['1', 'a'], ['2', 'b']))).toMatchObject({ missing: 1, added: 0 });
    expect(differenceOf(one, output(['1', 'a'], ['2', 'b'], ['4', 'c']))).toMatchObject({ missing: 1, added: 1 });
    expect(differenceOf(one, output(['1', 'a'], ['2', 'x'], ['3', 'c']))).toMatchObject({ changed: 1 });
    // Once more, equal as it is: not exactly once.
    expect(differenceOf(one, output(['1', 'a'], ['2', 'b'], ['3', 'c'], ['3', 'c']))).toMatchObject({ doubled: 1 });
  });

  it('are compared over the keys that were fed', () => {
    const fed = (key: string) => key !== '3';
    expect(differenceOf(one, output(['1', 'a'], ['2', 'b']), fed)).toBeNull();
    expect(differenceOf(one, output(['1', 'a']), fed)).toMatchObject({ missing: 1 });
    // A row that was not fed and came all the same.
    expect(differenceOf(one, output(['1', 'a'], ['2', 'b'], ['3', 'c']), fed)).toMatchObject({ added: 1 });
  });

  it('that differ end the comparison, without a value of a row', () => {
    expect(() => checkSame('scores', one, one)).not.toThrow();
    const check = () => checkSame('scores', one, output(['1', 'secret'], ['2', 'b']));
    expect(check).toThrow(DifferentOutput);
    expect(check).toThrow('scores differ from one partition by keys: 1 missing, 1 changed');
  });
});
