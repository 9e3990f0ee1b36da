import { canonicalJson, type Json } from '../base/json.ts';
import type { Type } from './types.ts';

/** What a `schema … from registry(…)` asks for. */
export interface SchemaAsk {
  readonly subject: string;
  /** Null: none is written, and nothing is had but the number of the latest. */
  readonly version: number | null;
  /** Its address; undefined: that of `WEIR_SCHEMA_REGISTRY`. */
  readonly url?: string;
  /** Who asks, as `env("NAME")` is held in plans. */
  readonly user?: Json;
  readonly password?: Json;
}
/** Equal for asks that are answered by one question. */
export function askKey({ subject, version, url, user, password }: SchemaAsk): string {
  return canonicalJson([subject, version, url ?? null, user ?? null, password ?? null]);
}

/** Kinds of schemas, by the registry's own words. */
export type SchemaType = 'AVRO' | 'JSON' | 'PROTOBUF';

/** A schema of a registry as far as rows are concerned. */
export interface RegisteredSchema {
  readonly type: SchemaType;
  readonly fields: readonly RegisteredField[];
}
export interface RegisteredField {
  readonly name: string;
  readonly aliases: readonly string[];
  /** Its own type for a message: `long (timestamp-millis)`. */
  readonly told: string;
  /** The type that holds all its values. */
  readonly holds: Held;
  /** Why the format's decoder would read none of its values as a type: what the schema says and the flow. Null: it reads them. */
  unreadable(type: Type): string | null;
}
/** `why`: no type does, for what is at `place` (`labs[].raw`) is `told`. */
export type Held =
  | { readonly type: Type; readonly nullable: boolean }
  | { readonly why: { readonly place: string; readonly told: string } };

/** What became of an ask. */
export type SchemaAnswer =
  | { readonly kind: 'schema'; readonly schema: RegisteredSchema }
  /** `latest`: the version the subject is at; null: there is no such subject. */
  | { readonly kind: 'missing'; readonly latest: number | null }
  /** The ask had no version; null: there is no such subject. */
  | { readonly kind: 'unpinned'; readonly latest: number | null }
  /** It is not what its registry says, or nothing rows can be made of. */
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'refused' | 'away'; readonly why: string; readonly hint: string };
