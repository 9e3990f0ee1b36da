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
  expect(parseKafkaAddress(text)).toEqual({ bootstrap, prefix, tls: null, sasl: null });
});

it.each([
  ['tls=true', { tls: { ca: null }, sasl: null }],
  ['ca=trust.pem', { tls: { ca: 'trust.pem' }, sasl: null }],
  ['user=weir', { tls: null, sasl: { mechanism: 'SCRAM-SHA-512', user: 'weir' } }],
  ['tls=true&sasl=plain&user=we%20ir', { tls: { ca: null }, sasl: { mechanism: 'PLAIN', user: 'we ir' } }],
])('with ?%s', (query, security) => {
  expect(parseKafkaAddress(`kafka://host?${query}`)).toMatchObject(security);
});

it.each([
  'kafka://',
  'kafka://a:0',
  'kafka://a:65536',
  'kafka://a:x',
  'kafka://a,,b',
  'kafka://a/b/c',
  'kafka://a/b c',
  'kafka://a?tls=yes',
  'kafka://a?sasl=plain',
  'kafka://a?sasl=x&user=u',
  'kafka://a?password=p',
])('is refused: %s', text => {
  expect(() => parseKafkaAddress(text)).toThrow(expect.objectContaining({ code: 'R117' }));
});

it('what may be a password is not repeated', () => {
  for (const text of ['kafka://me:secret@host', 'kafka://host?password=secret']) {
    expect(() => parseKafkaAddress(text)).toThrow(/^(?!.*secret).*$/);
  }
});
