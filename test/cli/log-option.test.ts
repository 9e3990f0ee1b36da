import { describe, expect, it } from 'vitest';
import type { LogPlace } from '../../src/cli/log-place.ts';
import { logOption } from '../../src/cli/weir-dir.ts';

const { parseArg } = logOption();
const placeOf = (text: string) => `${parseArg?.<LogPlace>(text, undefined as never)}`;

describe('--log', () => {
  it.each([
    '127.0.0.1:9092',
    'broker:9092',
    'one:9092,two:9093',
    'broker:9092/test',
    'broker.ward.example:9092?tls=true',
    '[::1]:9092',
    'me:word@broker:9092',
    ' kafka://broker:9092',
    'KAFKA://broker:9092',
    'kafka:broker:9092',
    'kafka:/broker:9092',
    'SASL_SSL://broker:9092',
  ])('takes %s for brokers without their scheme, not for a folder', text =>
    expect(() => placeOf(text)).toThrow(expect.objectContaining({ code: 'R117' })));
  it.each([
    'broker:9092',
    ' kafka://broker:9092',
    'KAFKA://broker:9092',
    'kafka:/broker:9092',
    'SSL://broker:9092',
  ])('says of %s how it is written', text => {
    const hint = expect.stringMatching(/^write kafka:\/\/broker:9092, or /);
    expect(() => placeOf(text)).toThrow(expect.objectContaining({ hint }));
  });
  it('repeats nothing that may be a password', () => {
    for (const text of ['me:word@broker:9092', 'SSL://me:word@broker:9092', 'broker:9092?password=word']) {
      expect(() => placeOf(text)).toThrow(/^(?!.*word).*$/);
    }
  });

  it.each([
    '.weir',
    './broker:9092',
    'runs/2026-11-28',
    'C:logs',
    'a@b/logs',
    'kafka',
    'kafka://127.0.0.1:9092',
  ])('takes %s', text => {
    expect(placeOf(text)).toBe(text);
  });
});
