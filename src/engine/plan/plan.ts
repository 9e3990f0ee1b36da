import type { Json } from '../base/json.ts';
import type { Span } from '../base/span.ts';
import type { RecordPart } from '../contract/connector.ts';
import type { ConnectorCall } from '../contract/parameter.ts';
import type { Schema, Type } from '../contract/types.ts';
import type { BindingType } from '../contract/value.ts';

/** A checked flow as plain data; `JSON.parse(JSON.stringify(plan))` is the same plan. */
export interface Plan {
  readonly format: 1;
  readonly flow: { readonly name: string; readonly version: number };
  /** SHA-256 of the flow's text and its imports' texts. */
  readonly textHash: string;
  /** The flow's own text, kept in models as their recipe. */
  readonly text: string;
  /** Parameter values by name; secrets are left out. */
  readonly params: Readonly<Record<string, Json>>;
  /** In an order in which inputs come before their readers. */
  readonly nodes: readonly PlanNode[];
}

/** `node` and its output port (`out`, or a part: `train`, `bad`). */
export interface PortRef {
  readonly node: string;
  readonly port: string;
}

interface NodeBase {
  /** From names, never positions: the binding's name, and for stages before its last one `name/op` with a number from the second on. */
  readonly id: string;
  /** The `let`, `source`, `sink` or `model` it was written in. */
  readonly binding: string;
  readonly ports: Readonly<Record<string, BindingType>>;
  readonly span: Span;
}

export type PlanNode = SourceNode | RegistryNode | StageNode | SinkNode;

export interface SourceNode extends NodeBase {
  readonly kind: 'source';
  readonly connector: ConnectorCall;
  /** Null for connectors that make rows themselves, and for a topic of a flow's rows (the log holds columns). */
  readonly format: { readonly name: string; readonly options: Readonly<Record<string, Json>> } | null;
  /** The columns decoded: after projection push-down, a part of the declared ones. */
  readonly schema: Schema;
  readonly names: Readonly<Record<string, string>>;
  /** Fields that a record's key, time or headers fill; absent: none. */
  readonly parts?: Readonly<Record<string, RecordPart>>;
  readonly nulls: readonly string[];
  readonly onRange: 'bad' | 'null';
  readonly zone: string | null;
  readonly onBad: BadDestination;
}
export type BadDestination =
  | { readonly kind: 'topic'; readonly topic: string }
  | { readonly kind: 'drop' }
  | { readonly kind: 'fail' };

/** `model risk = registry("readmission") { … }` */
export interface RegistryNode extends NodeBase {
  readonly kind: 'registry';
  readonly registry: string;
  readonly alias: string;
  readonly features: readonly string[] | null;
  readonly predicts: Type;
  /** Hash of the feature pipeline's checked form, as a model's recipe records it. */
  readonly featuresHash: string | null;
  readonly fallback: 'fail' | 'skip';
}

export interface StageNode extends NodeBase {
  readonly kind: 'stage';
  readonly op: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly input: PortRef;
  /** Bindings given as parameters, by parameter name. */
  readonly sides: Readonly<Record<string, readonly PortRef[]>>;
}

export interface RecordFields {
  /** A `timestamp`; null in it: the time of writing, as without it. */
  readonly timestamp?: string;
  /** Field by name of the header. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A `bool`: rows of which it is true have no value. */
  readonly tombstone?: string;
}

/** `write CONNECTOR` at the end of a `sink`. */
export interface SinkNode extends NodeBase {
  readonly kind: 'sink';
  readonly connector: ConnectorCall;
  /** For files, and for topics of records: the format and its options. */
  readonly format: { readonly name: string; readonly options: Readonly<Record<string, Json>> } | null;
  readonly key: string | null;
  /** Of topics of records: fields that fill more than the value; absent: none. */
  readonly record?: RecordFields;
  readonly delivery: 'exactly-once' | 'at-least-once';
  readonly input: PortRef;
}
