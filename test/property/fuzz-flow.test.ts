import { expect, test } from 'vitest';
import { checkAnyText } from '../dsl/check-any-text.ts';
import { mutate } from '../dsl/mutate-flow.ts';
import { SNIPPETS } from '../dsl/snippets.ts';

/** `node scripts/fuzz-flow.ts 100000` runs many more, over the flows of the repository too. */
const MUTATIONS = 2000;

test('any mutated flow is read, shown and formatted without a crash', () => {
  const seeds = Object.values(SNIPPETS);
  for (let seed = 0; seed < MUTATIONS; seed++) {
    const text = mutate(seeds[seed % seeds.length] ?? '', seed);
    try {
      checkAnyText(text);
    } catch (error) {
      expect.fail(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}\n${JSON.stringify(text)}`);
    }
  }
});
