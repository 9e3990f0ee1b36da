import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const flow = join(root, 'pipelines/readmission/train.flow');

/** Packages loaded by a command line, told by a hook on every module. */
function packagesOf(...args: readonly string[]): readonly string[] {
  const hook = `
    import { registerHooks } from 'node:module';
    const packages = new Set();
    registerHooks({ load(url, context, next) {
      const found = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url);
      if (found !== null) packages.add(found[1]);
      return next(url, context);
    } });
    process.on('exit', () => console.error(JSON.stringify([...packages])));
  `;
  const url = `data:text/javascript,${encodeURIComponent(hook)}`;
  const weir = join(root, 'bin', 'weir.mjs');
  const { stderr, status } = spawnSync(process.execPath, ['--import', url, weir, ...args], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as string[];
}

test('looking at a flow loads neither what runs flows nor what draws', () => {
  const loaded = packagesOf('check', flow);
  expect(loaded).toContain('chevrotain');
  for (const heavy of ['rxjs', 'apache-arrow', '@platformatic/kafka', 'vega', 'vega-lite', '@dagrejs/dagre'])
    expect(loaded).not.toContain(heavy);
});
