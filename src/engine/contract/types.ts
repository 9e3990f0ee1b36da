/**
 * Weir's types as plain data. How each is held in memory is in `batch.ts`.
 * `int` is exact to ±(2^53−1); `timestamp` is UTC milliseconds; `date` is days since 1970-01-01; `duration` is ms.
 */
export type Type =
  | { readonly kind: 'bool' | 'int' | 'float' | 'string' | 'timestamp' | 'date' | 'duration' | 'secret' }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly kind: 'list'; readonly item: Type }
  | { readonly kind: 'record'; readonly fields: readonly Field[] }
  | { readonly kind: 'tensor'; readonly dtype: 'f32'; readonly shape: readonly (number | string)[] }
  /** A feature matrix: one f64 per name and row, NaN is missing. What `apply` adds and what learners read. */
  | { readonly kind: 'features'; readonly names: readonly string[] };

export type TypeKind = Type['kind'];

/** Kinds of one plain value: what rows are grouped, matched, placed and sorted by. */
export const PLAIN_KINDS: readonly TypeKind[] = Object.freeze([
  'bool',
  'int',
  'float',
  'string',
  'timestamp',
  'date',
  'duration',
  'enum',
]);

export interface Field {
  readonly name: string;
  readonly type: Type;
  readonly nullable: boolean;
  /** `@entity`: who the row is about. */
  readonly entity?: true;
  /** `@phi`: never to logs, metrics, open sinks. */
  readonly phi?: true;
  readonly label?: true;
  readonly id?: true;
  /** Added by a stage for later ones (`risk.version`); not part of `*`, never written unless named. */
  readonly hidden?: true;
  /** UCUM unit. */
  readonly unit?: string;
  /** Inclusive bounds; a value outside makes the row bad (or null, where the source says so). */
  readonly range?: { readonly low?: number; readonly high?: number };
}

export interface Schema {
  readonly fields: readonly Field[];
}

export function fieldOf(schema: Schema, name: string): Field | undefined {
  return schema.fields.find(field => field.name === name);
}

/** The type as a user writes it: `float?`, `enum("a", "b")`. */
export function typeText(type: Type, nullable = false): string {
  const mark = nullable ? '?' : '';
  switch (type.kind) {
    case 'enum':
      return `enum(${type.values.map(value => JSON.stringify(value)).join(', ')})${mark}`;
    case 'list':
      return `list<${typeText(type.item)}>${mark}`;
    case 'record':
      return `{ ${type.fields.map(field => `${field.name}: ${typeText(field.type, field.nullable)}`).join(', ')} }${mark}`;
    case 'tensor':
      return `tensor<${type.dtype}>[${type.shape.join(', ')}]${mark}`;
    case 'features':
      return `features[${type.names.length}]${mark}`;
    default:
      return `${type.kind}${mark}`;
  }
}
