import { expect, it } from 'vitest';
import { parseKafkaAddress } from '../../../src/connectors/kafka/kafka-address.ts';

it.each([
  ['kafka://broker', [{ host: 'broker', port: 9092 }], ''],
  [
    'kafka://a:1,b.example.org:65535',
    [
      { host: 'a', port: 1 },
      { host: 'b.example.org', port: 65_535 },
    ],
    '',
  ],
  ['kafka://[::1]:9093/test', [{ host: '::1', port: 9093 }], 'test.'],
])('%s', (text, bootstrap, prefix) => {
  expect(parseKafkaAddress(text)).toEqual({ bootstrap, prefix });
});

it.each([
  'kafka://',
  'kafka://a:0',
  'kafka://a:65536',
  'kafka://a:x',
  'kafka://a,,b',
  'kafka://a/b/c',
  'kafka://a/b c',
])('is refused: %s', text => {
  expect(() => parseKafkaAddress(text)).toThrow(expect.objectContaining({ code: 'R117' }));
});

it('what may be a password is not repeated', () => {
  expect(() => parseKafkaAddress('kafka://me:secret@host')).toThrow(/^(?!.*secret).*$/);
});
