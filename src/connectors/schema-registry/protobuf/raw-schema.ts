/** Of `FieldDescriptorProto.type`. */
export const TYPE = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  message: 11,
  bytes: 12,
  uint32: 13,
  enum: 14,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
} as const;
export const LABEL = { optional: 1, required: 2, repeated: 3 } as const;

/** A file as it says itself. */
export interface RawFile {
  space: string;
  isProto3: boolean;
  readonly messages: RawMessage[];
  readonly enums: RawEnum[];
}
export interface RawMessage {
  readonly name: string;
  readonly fields: readonly RawField[];
  readonly nested: readonly RawMessage[];
  readonly enums: readonly RawEnum[];
}
export interface RawField {
  name: string;
  number: number;
  label: number;
  /** 0: of a name that is yet to be found. */
  type: number;
  /** With a dot in front: the full name. */
  typeName: string;
  isOptional: boolean;
  oneof: boolean;
}
export interface RawEnum {
  readonly name: string;
  readonly values: ReadonlyMap<number, string>;
}
