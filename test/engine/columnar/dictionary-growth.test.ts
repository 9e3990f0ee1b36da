import { expect, it } from 'vitest';
import { createDictionary } from '../../../src/engine/columnar/dictionary.ts';

it('gives the same bytes the same id at every size', () => {
  const dictionary = createDictionary();
  for (let i = 0; i < 3_000; i++) {
    expect(dictionary.intern(`p${i}`)).toBe(i);
    for (const before of [i, i - 1, i >> 1]) if (before >= 0) expect(dictionary.intern(`p${before}`)).toBe(before);
  }
  for (let i = 0; i < 3_000; i++) expect(dictionary.intern(`p${i}`)).toBe(i);
  expect(dictionary.size).toBe(3_000);
});
