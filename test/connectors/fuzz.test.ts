import { expect, test } from 'vitest';
import { fuzzOne } from './support/fuzz.ts';

test.each(['csv', 'json'] as const)('mutated %s: no crash, no hang, every record accounted for', name => {
  const failures: string[] = [];
  for (let seed = 1; seed <= 1000; seed++) {
    const failure = fuzzOne(name, seed);
    if (failure !== null) failures.push(failure);
  }
  expect(failures).toEqual([]);
});
