import { expect, it } from 'vitest';
import { OperationalError } from '../../../src/engine/base/operational-error.ts';
import { systemErrorOf, writeError } from '../../../src/engine/base/system-error.ts';

const failed = (code: string) =>
  Object.assign(new Error(`${code}: it failed, open '/visits/jane.csv'`), { code, syscall: 'open' });

it.each([
  ['ENOSPC', 'R212'],
  ['EDQUOT', 'R212'],
  ['EFBIG', 'R212'],
  ['EACCES', 'R211'],
  ['EROFS', 'R211'],
  ['ENOENT', 'R211'],
  ['EISDIR', 'R211'],
  ['ENOTDIR', 'R211'],
  ['EIO', 'R213'],
  ['EMFILE', 'R213'],
])('a write that failed with %s is %s wherever it was, and is not tried again', (system, code) => {
  const cause = failed(system);
  const told = { code, retriable: false, cause, hint: expect.any(String) };
  expect(writeError('out.csv', cause)).toMatchObject({ ...told, operator: null });
  expect(writeError('out.csv', cause, 'report')).toMatchObject({ ...told, operator: 'report' });
  expect(systemErrorOf(cause)).toMatchObject(told);
  expect(systemErrorOf(cause)?.message).not.toContain('jane');
});

it('leaves errors of ours as they are, and those of programs alone', () => {
  const ours = new OperationalError('R205', 'damaged');
  expect(writeError('out.csv', ours)).toBe(ours);
  expect(writeError('out.csv', new TypeError('no'))).toMatchObject({ code: 'R213', message: 'writing out.csv failed' });
  expect(systemErrorOf(new TypeError('no'))).toBeNull();
  expect(systemErrorOf(null)).toBeNull();
});
