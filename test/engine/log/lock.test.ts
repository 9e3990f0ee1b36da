import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { lockFolder, lockHolder } from '../../../src/engine/log/embedded/lock.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();
/** `happens` at the nth sleep. */
const clockWith = (nth: number, happens: () => void) => {
  let sleeps = 0;
  return {
    now: () => 0,
    elapsed: () => 0,
    sleep: async () => {
      if (++sleeps === nth) happens();
    },
  };
};

it('waits for whoever only looks who has it, as weir stop does', async () => {
  const dir = await folder();
  const looking = new DatabaseSync(`${dir}/lock.sqlite`);
  looking.exec('BEGIN EXCLUSIVE');
  const lock = await lockFolder(
    dir,
    clockWith(3, () => looking.close()),
    'a test',
  );
  expect(await lockHolder(dir)).toMatchObject({ command: 'a test' });
  lock.release();
  expect(await lockHolder(dir)).toBeNull();
});

it('does not wait for ever for whoever keeps it', async () => {
  const dir = await folder();
  const lock = await lockFolder(
    dir,
    clockWith(1, () => undefined),
    'the first',
  );
  await expect(
    lockFolder(
      dir,
      clockWith(1, () => undefined),
      'the second',
    ),
  ).rejects.toMatchObject({ code: 'locked' });
  lock.release();
});
