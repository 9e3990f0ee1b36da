import type { Span } from '../engine/base/span.ts';

/**
 * The syntax tree of a .flow file, as the parser leaves it: names are not resolved, types are not checked. Everything has a
 * span. `comments` and blank lines are kept beside the tree for the formatter.
 */
export interface FlowFile {
  readonly path: string;
  readonly text: string;
  /** Null in a library file. */
  readonly flow: { readonly name: Name; readonly version: number; readonly span: Span } | null;
  readonly statements: readonly Statement[];
  readonly comments: readonly { readonly text: string; readonly span: Span /** `///` */; readonly doc: boolean }[];
}
export interface Name {
  readonly text: string;
  readonly span: Span;
}

interface StatementBase {
  readonly span: Span;
  /** The `///` lines above it, without the marks. */
  readonly doc: string | null;
}
export type Statement =
  | ImportStatement
  | ParamStatement
  | SchemaStatement
  | FunctionStatement
  | SourceStatement
  | ModelStatement
  | ScheduleStatement
  | LetStatement
  | SinkStatement
  | TestStatement;

export interface ImportStatement extends StatementBase {
  readonly kind: 'import';
  readonly names: readonly Name[];
  readonly path: string;
  readonly pathSpan: Span;
}
export interface ParamStatement extends StatementBase {
  readonly kind: 'param';
  readonly name: Name;
  readonly type: TypeNode;
  readonly value: ExpressionNode | null;
}
export interface SchemaStatement extends StatementBase {
  readonly kind: 'schema';
  readonly name: Name;
  /** `from registry("subject", version: 3)`: it is read from there. */
  readonly from: CallNode | null;
  /** Spreads (`..Visit`, `..`) and fields, in the order written; null: there are no braces, it has all fields of what it is from. */
  readonly members: readonly SchemaMember[] | null;
}
export type SchemaMember =
  | { readonly kind: 'spread'; readonly name: Name; readonly span: Span }
  /** `..` alone: all other fields of what it is from. */
  | { readonly kind: 'rest'; readonly span: Span }
  | {
      readonly kind: 'field';
      readonly name: Name;
      readonly type: TypeNode;
      readonly annotations: readonly Annotation[];
      readonly doc: string | null;
      readonly span: Span;
    };
export interface Annotation {
  /** Without the `@`. */
  readonly name: Name;
  readonly args: readonly ExpressionNode[];
  readonly span: Span;
}
export interface TypeNode {
  /** `int`, `enum`, `list`, `tensor`, or a schema's name. */
  readonly name: Name;
  /** enum values, list item, tensor element. */
  readonly values: readonly ExpressionNode[];
  readonly item: TypeNode | null;
  readonly shape: readonly (number | Name)[];
  /** It is written with `[ ]`, which may be empty. */
  readonly brackets: boolean;
  readonly nullable: boolean;
  /** `in 0..120`, `in 1..` */
  readonly range: {
    readonly low: ExpressionNode | null;
    readonly high: ExpressionNode | null;
    readonly span: Span;
  } | null;
  readonly span: Span;
}
export interface FunctionStatement extends StatementBase {
  readonly kind: 'fn';
  readonly name: Name;
  readonly params: readonly { readonly name: Name; readonly type: TypeNode }[];
  readonly body: ExpressionNode;
}
/** `source` and `table`. */
export interface SourceStatement extends StatementBase {
  readonly kind: 'source' | 'table';
  readonly name: Name;
  readonly connector: CallNode;
  readonly options: readonly NamedArgument[];
}
export interface ModelStatement extends StatementBase {
  readonly kind: 'model';
  readonly name: Name;
  readonly connector: CallNode;
  readonly options: readonly NamedArgument[];
}
export interface ScheduleStatement extends StatementBase {
  readonly kind: 'schedule';
  readonly name: Name;
}
export interface LetStatement extends StatementBase {
  readonly kind: 'let';
  readonly name: Name;
  readonly value: PipeNode | PipelineNode;
}
export interface SinkStatement extends StatementBase {
  readonly kind: 'sink';
  readonly name: Name;
  readonly value: PipeNode;
}
export interface TestStatement extends StatementBase {
  readonly kind: 'test';
  readonly title: string;
  readonly steps: readonly TestStep[];
}
export type TestStep =
  | {
      readonly kind: 'given';
      readonly target: BindingNode | ParameterNode;
      readonly value: ExpressionNode;
      readonly span: Span;
    }
  | { readonly kind: 'expect'; readonly target: BindingNode; readonly value: ExpressionNode; readonly span: Span }
  | { readonly kind: 'advance'; readonly value: ExpressionNode; readonly span: Span };

/** `parts.train | where … | …`; `head` is null for a bare `| …` inside a pipeline or block. */
export interface PipeNode {
  readonly kind: 'pipe';
  readonly head: BindingNode;
  readonly stages: readonly StageNode[];
  readonly span: Span;
}
export interface PipelineNode {
  readonly kind: 'pipeline';
  readonly params: readonly { readonly name: Name; readonly type: TypeNode; readonly value: ExpressionNode | null }[];
  readonly stages: readonly StageNode[];
  readonly span: Span;
}
export interface BindingNode {
  readonly name: Name;
  /** `.train`, `.bad` */
  readonly part: Name | null;
  readonly span: Span;
}
/** `| operator positional, name: value { … }` */
export interface StageNode {
  readonly op: Name;
  readonly args: readonly ExpressionNode[];
  readonly named: readonly NamedArgument[];
  /** In the order written, for the formatter: indexes into args (i ≥ 0) or named (−1 − i). */
  readonly order: readonly number[];
  readonly block: BlockNode | null;
  readonly span: Span;
}
export interface NamedArgument {
  readonly name: Name;
  readonly value: ExpressionNode;
  readonly span: Span;
}
export interface BlockNode {
  readonly entries: readonly BlockEntry[];
  /** A block of stages (`{ | … }`) instead of entries. */
  readonly stages: readonly StageNode[];
  readonly span: Span;
}
/** `{ a }` is `{ a = a }` (value null); `[a, b] = …`; `*`. */
export interface BlockEntry {
  readonly target:
    | { readonly kind: 'name'; readonly name: Name }
    | { readonly kind: 'names'; readonly names: readonly Name[] }
    | { readonly kind: 'star' };
  readonly value: ExpressionNode | null;
  readonly span: Span;
}

export type ExpressionNode =
  | LiteralNode
  | NameNode
  | ParameterNode
  | MemberNode
  | CallNode
  | UnaryNode
  | BinaryNode
  | RangeNode
  | ListNode
  | RecordNode
  | RecordsNode;

export interface LiteralNode {
  readonly kind: 'literal';
  readonly type: 'int' | 'float' | 'string' | 'bool' | 'null' | 'duration' | 'size' | 'date' | 'timestamp';
  /** duration ms, size bytes, date days, timestamp ms. */
  readonly value: null | boolean | number | string;
  readonly raw: string;
  readonly span: Span;
}
export interface NameNode {
  readonly kind: 'name';
  readonly name: string;
  readonly span: Span;
}
/** `$name` */
export interface ParameterNode {
  readonly kind: 'parameter';
  readonly name: string;
  readonly span: Span;
}
export interface MemberNode {
  readonly kind: 'member';
  readonly of: ExpressionNode;
  readonly member: Name;
  readonly span: Span;
}
/** Functions, rules, connectors: `onehot(min_count: 50)`, `topic("alerts")`. */
export interface CallNode {
  readonly kind: 'call';
  readonly callee: Name;
  readonly args: readonly ExpressionNode[];
  readonly named: readonly NamedArgument[];
  readonly span: Span;
}
export interface UnaryNode {
  readonly kind: 'unary';
  readonly sign: '-' | 'not';
  readonly of: ExpressionNode;
  readonly span: Span;
}
export interface BinaryNode {
  readonly kind: 'binary';
  readonly sign:
    | '*'
    | '/'
    | '%'
    | '+'
    | '-'
    | '??'
    | '=='
    | '!='
    | '<'
    | '<='
    | '>'
    | '>='
    | 'in'
    | 'not in'
    | 'and'
    | 'or';
  readonly left: ExpressionNode;
  readonly right: ExpressionNode;
  readonly span: Span;
}
export interface RangeNode {
  readonly kind: 'range';
  readonly low: ExpressionNode | null;
  readonly high: ExpressionNode | null;
  readonly span: Span;
}
export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly ExpressionNode[];
  readonly span: Span;
}
/** `{ name: value, … }`; keys may be strings. */
export interface RecordNode {
  readonly kind: 'record';
  readonly members: readonly { readonly name: Name; readonly value: ExpressionNode }[];
  readonly span: Span;
}
/** `[ {…} {…} ]` in tests: records with or without commas between them. */
export interface RecordsNode {
  readonly kind: 'records';
  readonly records: readonly RecordNode[];
  readonly span: Span;
}
