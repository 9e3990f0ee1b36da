import { expect, it } from 'vitest';
import { brokerSettings, propertiesText } from '../../../scripts/services/kafka-settings.ts';

const places = [1, 2, 3].map(id => ({ id, port: 9000 + id, controllerPort: 9100 + id }));

it('keeps everything once on one broker', () => {
  const settings = brokerSettings(places[0], places.slice(0, 1), '/data', {});
  const copies = Object.entries(settings).filter(([key]) => /replication\.factor|min\.i/.test(key));
  expect(copies.length).toBe(7);
  expect(new Set(copies.map(([, value]) => value))).toEqual(new Set(['1']));
});

it('keeps everything three times on three, and wants two of them', () => {
  const settings = brokerSettings(places[1], places, '/data', { 'num.io.threads': '2', 'log.dirs': '/other' });
  for (const [key, value] of Object.entries(settings)) {
    if (key.endsWith('replication.factor')) expect([key, value]).toEqual([key, '3']);
    if (/min\.isr|min\.insync/.test(key)) expect([key, value]).toEqual([key, '2']);
  }
  expect(settings['controller.quorum.voters']).toBe('1@127.0.0.1:9101,2@127.0.0.1:9102,3@127.0.0.1:9103');
  expect(settings['advertised.listeners']).toBe('PLAINTEXT://127.0.0.1:9002');
  expect(settings['num.io.threads']).toBe('2');
  expect(settings['log.dirs']).toBe('/other');
});

it('listens to this machine alone', () => {
  const { listeners } = brokerSettings(places[0], places, '/data', {});
  for (const one of listeners.split(',')) expect(one).toMatch(/^\w+:\/\/127\.0\.0\.1:\d+$/);
});

it('writes properties that Java reads back', () => {
  expect(propertiesText({ a: 'C:\\kafka', b: 'x' })).toBe('a=C:\\\\kafka\nb=x\n');
});
