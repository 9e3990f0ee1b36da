import { expect, test } from 'vitest';
import { createDictionary } from '../../../src/engine/columnar/dictionary.ts';

test('copied bytes are the bytes, of short and of long texts, and nothing beside them is touched', () => {
  const dictionary = createDictionary();
  const texts = ['', 'a', 'ä€😀', 'x'.repeat(48), 'y'.repeat(49), 'z'.repeat(1000)];
  for (const text of texts) {
    const id = dictionary.intern(text);
    const length = dictionary.byteLength(id);
    expect(length).toBe(Buffer.byteLength(text));
    const target = new Uint8Array(length + 2).fill(7);
    dictionary.copyBytes(id, target, 1);
    expect([...target]).toEqual([7, ...Buffer.from(text), 7]);
  }
});
