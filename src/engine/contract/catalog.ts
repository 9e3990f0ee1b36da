import type { FormatDefinition, SinkDefinition, SourceDefinition } from './connector.ts';
import type { AggregateDefinition, FunctionDefinition } from './function.ts';
import type { LearnerDefinition } from './learner.ts';
import type { OperatorDefinition } from './operator.ts';

/** Everything a flow can name, handed to the compiler and to the workers as one value. */
export interface Catalog {
  readonly operators: ReadonlyMap<string, OperatorDefinition>;
  readonly sources: ReadonlyMap<string, SourceDefinition>;
  readonly sinks: ReadonlyMap<string, SinkDefinition>;
  readonly formats: ReadonlyMap<string, FormatDefinition>;
  readonly learners: ReadonlyMap<string, LearnerDefinition>;
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
  readonly aggregates: ReadonlyMap<string, AggregateDefinition>;
}
