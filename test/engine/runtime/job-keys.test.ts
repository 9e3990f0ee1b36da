import { expect, it } from 'vitest';
import { featuresHash } from '../../../src/engine/contract/features-hash.ts';
import type { Job } from '../../../src/engine/plan/physical.ts';
import type { StageNode } from '../../../src/engine/plan/plan.ts';
import { jobKey, planHash } from '../../../src/engine/runtime/job-keys.ts';

const stage = (params: StageNode['params'], line = 1): StageNode => ({
  kind: 'stage',
  id: 'smoothed',
  binding: 'smoothed',
  op: 'smooth',
  span: { file: 'a.flow', start: line, end: line + 1 } as never,
  params,
  input: { node: 'rows', port: 'out' },
  sides: {},
  ports: {},
});
const keyOf = (node: StageNode) =>
  jobKey({ host: null as never, ready: {}, nonce: '', extensionsHash: null }, { kind: 'control', node } as Job, []);
const featuresOf = (node: StageNode) => featuresHash({ stages: [node], features: ['a'] } as never);

// Whatever an operator calls its parameters, another value is other work.
it.each(['span', 'nullable', 'type', 'input'])('a parameter named %s is work', name => {
  for (const of of [keyOf, (node: StageNode) => planHash([node]), featuresOf]) {
    expect(of(stage({ [name]: true }))).not.toBe(of(stage({ [name]: false })));
    expect(of(stage({ block: [{ args: { [name]: 1 } }] }))).not.toBe(of(stage({ block: [{ args: { [name]: 2 } }] })));
  }
});

it('where a stage is written is not', () => {
  expect(keyOf(stage({ a: 1 }, 7))).toBe(keyOf(stage({ a: 1 })));
  expect(planHash([stage({ a: 1 }, 7)])).toBe(planHash([stage({ a: 1 })]));
});
