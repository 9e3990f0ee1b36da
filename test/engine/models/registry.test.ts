import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SideValue } from '../../../src/engine/contract/operator.ts';
import { openRegistry } from '../../../src/engine/models/registry.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();
let time = 1_000;
const clock = { now: () => ++time, elapsed: () => 0, sleep: async () => undefined };
const model = (weight: number): SideValue => ({
  name: 'best',
  hash: '',
  version: null,
  content: { json: { learner: 'logistic', learned: { weight } }, bytes: { raw: new Uint8Array([weight]) } },
});

describe('registry', () => {
  it('numbers versions, moves aliases, and resolves both', async () => {
    const registry = openRegistry(await folder(), clock);
    expect(await registry.publish('risk', model(1), 'champion', [])).toEqual({ version: '1' });
    expect(await registry.publish('risk', model(2), 'challenger', [])).toEqual({ version: '2' });
    expect((await registry.resolve('risk', 'champion'))?.version).toBe('1');
    await registry.promote('risk', '2', 'champion');
    expect((await registry.resolve('risk', 'champion'))?.content.bytes['raw']).toEqual(new Uint8Array([2]));
    expect((await registry.resolve('risk', '1'))?.version).toBe('1');
    expect(await registry.resolve('risk', 'nobody')).toBeNull();
    expect(await registry.list()).toMatchObject([
      {
        name: 'risk',
        versions: [
          { version: '1', aliases: [] },
          { version: '2', aliases: ['champion', 'challenger'] },
        ],
      },
    ]);
  });

  it('publishes the same content once', async () => {
    const registry = openRegistry(await folder(), clock);
    await registry.publish('risk', model(1), 'champion', []);
    expect(await registry.publish('risk', model(1), 'champion', [])).toEqual({ version: '1' });
    expect(await registry.history('risk')).toHaveLength(1);
  });

  it('rolls back to the version held before, and says when there is none', async () => {
    const registry = openRegistry(await folder(), clock);
    await registry.publish('risk', model(1), 'champion', []);
    await expect(registry.rollback('risk', 'champion')).rejects.toMatchObject({ code: 'R303' });
    await registry.publish('risk', model(2), 'champion', []);
    expect(await registry.rollback('risk', 'champion')).toMatchObject({ version: '1', action: 'rollback' });
    expect((await registry.history('risk')).map(line => line.action)).toEqual(['publish', 'publish', 'rollback']);
    await expect(registry.rollback('risk', 'nobody')).rejects.toMatchObject({ code: 'R301' });
  });

  it.each([
    ['123', '<<<', ['2', '1', 'R303']],
    ['123', '<3<<', ['2', '3', '2', '1']],
    ['123', '<<2<<', ['2', '1', '2', '1', 'R303']],
    ['1213', '<<<<', ['1', '2', '1', 'R303']],
    ['1122', '<<', ['1', 'R303']],
  ])('goes back from %s step by step: %s', async (promoted, steps, wanted) => {
    const registry = openRegistry(await folder(), clock);
    for (const weight of [1, 2, 3]) await registry.publish('risk', model(weight), 'challenger', []);
    for (const version of promoted) await registry.promote('risk', version, 'champion');
    const held: string[] = [];
    for (const step of steps) {
      const moved = step === '<' ? registry.rollback('risk', 'champion') : registry.promote('risk', step, 'champion');
      held.push(
        await moved.then(
          entry => entry.version,
          error => error.code,
        ),
      );
    }
    expect(held).toEqual(wanted);
  });

  it.each(['7', '2a', 'bad alias!', '', '../x', 'deadbeefcafe'])('refuses the alias "%s"', async alias => {
    const registry = openRegistry(await folder(), clock);
    await registry.publish('risk', model(1), 'champion', []);
    await expect(registry.promote('risk', '1', alias)).rejects.toMatchObject({ code: 'R306' });
    await expect(registry.publish('risk', model(2), alias, [])).rejects.toMatchObject({ code: 'R306' });
    expect(await registry.history('risk')).toHaveLength(1);
  });

  it('reads past a history line cut short by a crash', async () => {
    const dir = await folder();
    const registry = openRegistry(dir, clock);
    await registry.publish('risk', model(1), 'champion', []);
    await appendFile(join(dir, 'risk', 'history.jsonl'), '{"at":12,"acti');
    await registry.publish('risk', model(2), 'champion', []);
    expect((await registry.resolve('risk', 'champion'))?.version).toBe('2');
  });

  it('refuses a version altered on disk', async () => {
    const dir = await folder();
    const registry = openRegistry(dir, clock);
    await registry.publish('risk', model(1), 'champion', []);
    await writeFile(join(dir, 'risk', 'versions', '1', 'raw.bin'), new Uint8Array([9]));
    await expect(registry.resolve('risk', 'champion')).rejects.toMatchObject({ code: 'R302' });
  });

  it('refuses names that would leave its folder', async () => {
    const registry = openRegistry(await folder(), clock);
    await expect(registry.publish('../x', model(1), 'champion', [])).rejects.toMatchObject({ code: 'R304' });
  });
});
