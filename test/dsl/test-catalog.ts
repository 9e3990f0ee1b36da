import { builtinFormats, builtinSinks, builtinSources } from '../../src/connectors/all.ts';
import { scalarFunctions } from '../../src/engine/columnar/functions/all.ts';
import type { Catalog } from '../../src/engine/contract/catalog.ts';
import { defineSink } from '../../src/engine/contract/connector.ts';
import type { AggregateDefinition, ArgumentType } from '../../src/engine/contract/function.ts';
import { optional, required } from '../../src/engine/contract/parameter.ts';
import type { Type } from '../../src/engine/contract/types.ts';
import { builtinOperators } from '../../src/operators/all.ts';
import { LEARNER_STUBS, LEARNING_STUBS } from './learning-stubs.ts';

function aggregate(name: string, args: number, gives: (of: ArgumentType | undefined) => Type): AggregateDefinition {
  return {
    name,
    summary: name,
    examples: [],
    signature: given =>
      given.length === args || (name === 'count' && given.length === 0)
        ? { type: gives(given[0]), nullable: name !== 'count' }
        : { argument: -1, expected: `${args} argument` },
    evaluate: () => null,
  };
}
const AGGREGATES = [
  aggregate('count', 1, () => ({ kind: 'int' })),
  aggregate('sum', 1, of => of?.type ?? { kind: 'float' }),
  aggregate('mean', 1, () => ({ kind: 'float' })),
  aggregate('min', 1, of => of?.type ?? { kind: 'float' }),
  aggregate('max', 1, of => of?.type ?? { kind: 'float' }),
  aggregate('last', 1, of => of?.type ?? { kind: 'float' }),
  aggregate('first', 1, of => of?.type ?? { kind: 'float' }),
];
const report = defineSink({
  name: 'report',
  summary: 'A report as a page.',
  options: { path: required('string', 'Where to.', { position: 0 }) },
  examples: [],
  delivery: 'exactly-once',
  nature: 'value',
});
const registry = defineSink({
  name: 'registry',
  summary: 'The registry.',
  options: {
    name: required('string', 'Of the model.', { position: 0 }),
    token: optional('string', 'To be let in.'),
  },
  examples: [],
  delivery: 'exactly-once',
  nature: 'value',
});

const byName = <D extends { readonly name: string }>(all: readonly D[]): ReadonlyMap<string, D> =>
  new Map(all.map(each => [each.name, each]));

/** The real stages, functions and connectors; learning ones as stubs, so that these tests do not wait for them. */
export const testCatalog: Catalog = {
  operators: new Map([...byName(LEARNING_STUBS), ...builtinOperators(), ...byName(LEARNING_STUBS)]),
  sources: builtinSources(),
  sinks: new Map([...byName([report, registry]), ...builtinSinks()]),
  formats: builtinFormats(),
  learners: byName(LEARNER_STUBS),
  functions: scalarFunctions(),
  aggregates: byName(AGGREGATES),
};
