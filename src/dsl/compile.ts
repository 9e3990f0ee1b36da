import type { Json } from '../engine/base/json.ts';
import type { Catalog } from '../engine/contract/catalog.ts';
import type { Diagnostic } from '../engine/contract/diagnostic.ts';
import type { RowValue } from '../engine/contract/function.ts';
import type { SchemaAnswer, SchemaAsk } from '../engine/contract/registered-schema.ts';
import type { Type } from '../engine/contract/types.ts';
import type { Plan } from '../engine/plan/plan.ts';
import type { parseFlow } from './parse.ts';

/** What the compiler may ask of the world; handed in, so that editors and tests need no disk. */
export interface CompileHost {
  /** Text of a file, or null where there is none. Paths are resolved against the importing file. */
  read(path: string): string | null;
  resolve(from: string, relative: string): string;
  /** `parseOnce()`, for whoever looks at the same files more than once; absent: each text is parsed where it is needed. */
  readonly parse?: typeof parseFlow;
  env(name: string): string | undefined;
  /** What a registry's alias holds now, or null; undefined where no registry is at hand. */
  model?(
    registry: string,
    alias: string,
  ):
    | {
        readonly features: readonly string[];
        readonly classes: readonly (boolean | string)[];
        readonly transformHash: string | null;
      }
    | null
    | undefined;
  /** What a schema registry has answered; undefined where it was not asked. What a flow asks for is told by `askedSchemas`. */
  registered?(ask: SchemaAsk): SchemaAnswer | undefined;
}

export interface CompileOptions {
  readonly path: string;
  readonly catalog: Catalog;
  readonly host: CompileHost;
  /** `--param name=value`, as text. Null: check only, required parameters may be missing. */
  readonly params: Readonly<Record<string, string>> | null;
  /** False: parameters that have no default need not be given, as in tests. */
  readonly requireParams?: boolean;
  /** Compile what this binding needs in place of the sinks (`preview`); unknown names get E201. */
  readonly only?: string;
}

export interface Compiled {
  /** The name in the flow line; null for a library, and where there is no such line to read. */
  readonly flow: string | null;
  /** Null when there are errors, and for a library. */
  readonly plan: Plan | null;
  readonly tests: readonly FlowTest[];
  /** In the order of their places, errors and warnings. */
  readonly diagnostics: readonly Diagnostic[];
  /** All files read, by path: for rendering carets. */
  readonly sources: ReadonlyMap<string, string>;
  readonly params: readonly {
    readonly name: string;
    readonly type: Type;
    readonly default: Json | undefined;
    readonly doc: string | null;
  }[];
}

/** A `test` block, checked: rows by source, the plan compiled with the test's `$param` values, and what is expected. */
export interface FlowTest {
  readonly title: string;
  readonly plan: Plan;
  /** Rows to feed, by source node id, in order; or a file (path resolved) in the source's format. */
  readonly given: readonly {
    readonly source: string;
    readonly rows: readonly Readonly<Record<string, RowValue>>[] | null;
    readonly file: string | null;
  }[];
  /** Stand-in answers for a model: the first whose fields match a row gives its class probabilities. */
  readonly models: readonly {
    readonly model: string;
    readonly answers: readonly {
      readonly where: Readonly<Record<string, RowValue>>;
      readonly probabilities: Readonly<Record<string, number>>;
    }[];
  }[];
  /** Named fields only, ranges allowed, any order. */
  readonly expect: readonly {
    readonly node: string;
    readonly port: string;
    readonly name: string;
    readonly rows: readonly Readonly<Record<string, ExpectedValue>>[];
    readonly line: number;
  }[];
}
export type ExpectedValue = { readonly is: RowValue } | { readonly low: number | null; readonly high: number | null };
