import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { brokerSettings } from '../../../scripts/services/kafka-settings.ts';

const root = join(import.meta.dirname, '../../..');
const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');

/** What differs in a container: addresses, and the folder of the data. */
const OF_THE_PLACE = [
  'advertised.listeners',
  'controller.quorum.voters',
  'inter.broker.listener.name',
  'listener.security.protocol.map',
  'listeners',
  'log.dirs',
];

it.each([
  ['kafka', 'apache/kafka'],
  ['registry', 'apicurio/apicurio-registry'],
])('the image of %s is the version that Maven fetches', (service, image) => {
  const pom = readFileSync(join(root, 'services', service, 'pom.xml'), 'utf8');
  // The POM's own version, and those of the packages that carry it.
  const versions = [...pom.matchAll(/<version>(.*)<\/version>/g)].map(found => found[1]);
  const [, tag] = new RegExp(`image: ${image}:(.*)`).exec(compose) ?? [];
  expect(tag).toBe(versions[0]);
  expect(versions.filter(version => version === tag).length).toBeGreaterThan(1);
});

it('the container has the settings of one broker', () => {
  const place = { id: 1, port: 9092, controllerPort: 9093 };
  const ours = Object.entries(brokerSettings(place, [place], '', {}));
  const theirs = [...compose.matchAll(/^ +KAFKA_(\w+): "(.*)"$/gm)]
    .map(found => [found[1].toLowerCase().replaceAll('_', '.'), found[2]] as const)
    .filter(([key]) => key !== 'heap.opts');
  const same = (entries: typeof ours) => Object.fromEntries(entries.filter(([key]) => !OF_THE_PLACE.includes(key)));
  expect(same(theirs.map(([key, value]) => [key, value]))).toEqual(same(ours));
  expect(theirs.map(([key]) => key).sort()).toEqual(ours.map(([key]) => key).sort());
});

it('nothing in it is reached from outside the machine', () => {
  const ports = [...compose.matchAll(/^ +- "(.*:\d+:\d+)"$/gm)].map(found => found[1]);
  expect(ports).toEqual(['127.0.0.1:9092:9092', '127.0.0.1:8081:8080']);
});
