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
  ])('takes %s for brokers without their scheme, not for a folder', text =>
    expect(() => placeOf(text)).toThrow(expect.objectContaining({ code: 'R117' })));

  it.each(['.weir', './broker:9092', 'runs/2026-11-28', 'C:logs', 'kafka://127.0.0.1:9092'])('takes %s', text => {
    expect(placeOf(text)).toBe(text);
  });
});
