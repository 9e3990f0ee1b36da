import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { CompileHost } from '../../src/dsl/compile.ts';
import { compileFlow } from '../../src/dsl/compile-flow.ts';
import type { Catalog } from '../../src/engine/contract/catalog.ts';
import { explainSvg } from '../../src/engine/plan/explain-svg.ts';
import { pushDown } from '../../src/engine/plan/push-down.ts';

/** Files alone: a picture must not depend on a registry or an environment that happens to be there. */
const host: CompileHost = {
  read: path => readFileSync(path, 'utf8'),
  resolve: (from, relative) => resolve(dirname(from), relative),
  env: () => undefined,
};

/** The plan of a shipped flow as SVG, as `weir explain FLOW --format svg` gives it. */
export function planPicture(root: string, flow: string, catalog: Catalog): string {
  const params = { data: 'encounters.csv.gz' };
  const { plan, diagnostics } = compileFlow({ path: join(root, flow), catalog, host, params });
  if (plan === null) throw new Error(`${flow} does not compile: ${diagnostics.map(one => one.code).join(', ')}`);
  return explainSvg(pushDown(plan, catalog));
}
