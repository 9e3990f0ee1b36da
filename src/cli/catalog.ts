import { builtinFormats, builtinSinks, builtinSources } from '../connectors/all.ts';
import { aggregateFunctions } from '../engine/columnar/aggregates/all.ts';
import { scalarFunctions } from '../engine/columnar/functions/all.ts';
import type { Catalog } from '../engine/contract/catalog.ts';
import type { FormatDefinition, SinkDefinition, SourceDefinition } from '../engine/contract/connector.ts';
import type { LearnerDefinition } from '../engine/contract/learner.ts';
import type { OperatorDefinition } from '../engine/contract/operator.ts';
import { builtinLearners } from '../learners/all.ts';
import { builtinOperators } from '../operators/all.ts';

/** What a module given by `--with` may export. */
export type Definition = OperatorDefinition | SourceDefinition | SinkDefinition | FormatDefinition | LearnerDefinition;

/** Everything Weir comes with, and `extra` definitions: one of them with a built-in's name takes its place. */
export function builtinCatalog(extra: readonly Definition[] = []): Catalog {
  return {
    operators: merged(builtinOperators(), extra, 'operator'),
    sources: merged(builtinSources(), extra, 'source'),
    sinks: merged(builtinSinks(), extra, 'sink'),
    formats: merged(builtinFormats(), extra, 'format'),
    learners: merged(builtinLearners(), extra, 'learner'),
    functions: scalarFunctions(),
    aggregates: aggregateFunctions(),
  };
}

function merged<K extends Definition['kind']>(
  builtin: ReadonlyMap<string, Extract<Definition, { kind: K }>>,
  extra: readonly Definition[],
  kind: K,
): ReadonlyMap<string, Extract<Definition, { kind: K }>> {
  const mine = extra.filter((one): one is Extract<Definition, { kind: K }> => one.kind === kind);
  return new Map([...builtin, ...mine.map(one => [one.name, one] as const)]);
}
