import { murmur2 as peer } from '@platformatic/kafka';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { murmur2, partitionForKey } from '../../../src/engine/base/murmur2.ts';
import { text } from '../../connectors/kafka/support/plain-batch.ts';

test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])("%s has Java's hash", (words, hash) => {
  expect(murmur2(text(words))).toBe(hash);
});

/** Java's `Utils.murmur2` and `toPositive(…) % 12`, of bytes 250, 213, 176 … */
test.each([
  [0, 275646681, 9],
  [1, 1019148183, 3],
  [2, 1447649649, 9],
  [3, -2065420978, 10],
  [4, -1603705185, 11],
  [5, -408393375, 5],
  [7, -1181570836, 4],
  [8, -2102538009, 11],
  [16, 1297802375, 11],
  [37, 621125772, 0],
])('%d bytes go where Java sends them', (length, hash, partition) => {
  const key = Uint8Array.from({ length }, (_, i) => 250 - 37 * i);
  expect(murmur2(key)).toBe(hash);
  expect(partitionForKey(key, 12)).toBe(partition);
});

test('any bytes have the hash another implementation gives', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 70 }), key => murmur2(key) === peer(Buffer.from(key))));
});
