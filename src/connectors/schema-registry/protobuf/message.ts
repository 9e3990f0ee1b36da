/** A message of a Protobuf schema, with what is needed to read one. */
export interface Message {
  readonly name: string;
  readonly fields: ReadonlyMap<number, ProtoField>;
  readonly nested: readonly Message[];
}

export interface ProtoField {
  readonly name: string;
  readonly type: number;
  readonly isRepeated: boolean;
  readonly hasPresence: boolean;
  readonly typeName: string;
  readonly message: Message | null;
  readonly symbols: ReadonlyMap<number, string> | null;
}
