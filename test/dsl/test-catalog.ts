import { builtinFormats, builtinSinks, builtinSources } from '../../src/connectors/all.ts';
import { aggregateFunctions } from '../../src/engine/columnar/aggregates/all.ts';
import { scalarFunctions } from '../../src/engine/columnar/functions/all.ts';
import type { Catalog } from '../../src/engine/contract/catalog.ts';
import { defineSink } from '../../src/engine/contract/connector.ts';
import { optional, required } from '../../src/engine/contract/parameter.ts';
import { builtinLearners } from '../../src/learners/all.ts';
import { builtinOperators } from '../../src/operators/all.ts';
import { LEARNER_STUBS } from './learner-stubs.ts';

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

/** The real stages, functions and connectors; learners and sinks of values as stubs, for nothing here runs. */
export const testCatalog: Catalog = {
  operators: builtinOperators(),
  sources: builtinSources(),
  sinks: new Map([...byName([report, registry]), ...builtinSinks()]),
  formats: builtinFormats(),
  learners: new Map([...byName(LEARNER_STUBS), ...builtinLearners()]),
  functions: scalarFunctions(),
  aggregates: aggregateFunctions(),
};
