import type { ArgumentType, FunctionDefinition, RowValue, SignatureResult } from '../../contract/function.ts';

export const field: FunctionDefinition = Object.freeze({
  name: 'field',
  units: 'kept',
  sign: 'a.name',
  summary: 'A field of a record; null where the record is.',
  examples: [],
  signature: (args: readonly ArgumentType[]): SignatureResult => {
    if (args.length !== 2) return { argument: -1, expected: 'a record and a field name' };
    const [record, name] = args;
    if (record.type.kind !== 'record') return { argument: 0, expected: 'a record' };
    const found = record.type.fields.find(each => each.name === name.literal);
    if (found === undefined) return { argument: 1, expected: 'a field of the record' };
    return { type: found.type, nullable: record.nullable || found.nullable };
  },
  nulls: 'pass',
  evaluate: ([record, name]) => (record as { readonly [name: string]: RowValue })[name as string] ?? null,
} satisfies FunctionDefinition);
