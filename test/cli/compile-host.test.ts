import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compileHost } from '../../src/cli/compile-host.ts';
import type { SideValue } from '../../src/engine/contract/operator.ts';
import { openRegistry } from '../../src/engine/models/registry.ts';
import { registryFolder } from '../../src/engine/runtime/weir-folder.ts';
import { temporaryFolders } from '../support/temporary-folder.ts';

const folder = temporaryFolders();
const clock = { now: () => 1_000, elapsed: () => 0, sleep: async () => undefined };
const model: SideValue = {
  name: 'best',
  hash: '',
  version: null,
  content: {
    json: { features: ['age'], classes: [false, true], transformHash: null },
    bytes: { raw: new Uint8Array(4) },
  },
};

it('a damaged model stands in the way of the flows that name it, and of no other', async () => {
  const weir = await folder();
  const registry = openRegistry(registryFolder(weir), clock);
  await registry.publish('sound', model, 'champion', []);
  await registry.publish('altered', model, 'champion', []);
  await writeFile(join(registryFolder(weir), 'altered', 'versions', '1', 'raw.bin'), new Uint8Array([9]));

  const host = await compileHost(weir, clock);
  expect(host.model?.('sound', 'champion')).toMatchObject({ features: ['age'], classes: [false, true] });
  expect(host.model?.('sound', 'challenger')).toBeNull();
  expect(() => host.model?.('altered', 'champion')).toThrow(/version 1 of model "altered" is missing or altered/);
});
