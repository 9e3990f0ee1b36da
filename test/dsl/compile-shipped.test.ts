import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { builtinCatalog } from '../../src/cli/catalog.ts';
import type { Compiled } from '../../src/dsl/compile.ts';
import { compileFlow } from '../../src/dsl/compile-flow.ts';
import { featuresHash } from '../../src/engine/contract/features-hash.ts';
import type { PipelineSpec } from '../../src/engine/contract/parameter.ts';

const FOLDER = new URL('../../pipelines/readmission/', import.meta.url);
const names = readdirSync(FOLDER).filter(name => name.endsWith('.flow'));

function compiled(name: string): Compiled {
  return compileFlow({
    path: name,
    catalog: builtinCatalog(),
    params: name === 'visits.flow' ? null : { data: 'encounters.csv.gz' },
    host: {
      read: path => (existsSync(new URL(path, FOLDER)) ? readFileSync(new URL(path, FOLDER), 'utf8') : null),
      resolve: (_, relative) => relative.replace(/^\.\//, ''),
      env: () => undefined,
    },
  });
}

test.each(names)('%s gives no diagnostic', name => {
  expect(compiled(name).diagnostics).toEqual([]);
});

test('training and scoring come to the same features, beside different rows', () => {
  const fitted = compiled('train.flow').plan?.nodes.find(node => node.id === 'prep');
  const model = compiled('score.flow').plan?.nodes.find(node => node.id === 'risk');
  const spec = fitted?.kind === 'stage' ? (fitted.params['pipeline'] as PipelineSpec) : null;
  expect(spec).not.toBeNull();
  if (spec === null) return;
  expect(model).toMatchObject({ kind: 'registry', features: spec.features, featuresHash: featuresHash(spec) });
});
