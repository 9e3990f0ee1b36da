import { expect, it } from 'vitest';
import { isPassing, passing } from '../../../src/connectors/kafka/protocol-errors.ts';

it.each([
  ['another leads', 6, true],
  ['a new leader does not know the end yet', 78, true],
  ['a follower is ahead of whoever answers', 75, true],
  ['the offset is not there', 1, false],
  ['another owner has begun', 90, false],
])('%s (%i): asking again may help: %s', (_, code, expected) => {
  expect(isPassing(passing(code))).toBe(expected);
});
