import type { Held, RegisteredField } from '../../../engine/contract/registered-schema.ts';
import type { Field, Type } from '../../../engine/contract/types.ts';
import { SchemaDamage } from '../unreadable-schema.ts';
import { nameOf, unreadable } from './avro-plan.ts';
import type { Avro, AvroRecord } from './avro-schema.ts';

/** The fields of a record's schema. Throws SchemaDamage where it is of something else. */
export function avroFields(schema: Avro): readonly RegisteredField[] {
  if (schema.kind !== 'record') throw new SchemaDamage(`it is a ${schema.kind}, no record`);
  const known: Known = new Map();
  return schema.fields.map(({ name, aliases, type }) => ({
    name,
    aliases,
    told: nameOf(type),
    holds: heldBy(type, name, [schema], known),
    unreadable: wanted => unreadable(type, wanted, name),
  }));
}

/** Types that were made: one that is used twice is one type, however often it is written out. */
type Known = Map<AvroRecord, Type>;

/** `around`: the records it is in, for one that holds itself has no type. */
function heldBy(avro: Avro, place: string, around: readonly AvroRecord[], known: Known): Held {
  const sure = (type: Type): Held => ({ type, nullable: false });
  switch (avro.kind) {
    case 'boolean':
      return sure({ kind: 'bool' });
    case 'int':
      return sure({ kind: avro.logical === 'date' ? 'date' : 'int' });
    case 'long':
      return sure({
        kind: avro.logical === 'timestamp-millis' || avro.logical === 'timestamp-micros' ? 'timestamp' : 'int',
      });
    case 'float':
    case 'double':
      return sure({ kind: 'float' });
    case 'string':
      return sure({ kind: 'string' });
    case 'enum':
      return sure({ kind: 'enum', values: avro.symbols });
    case 'bytes':
    case 'fixed':
      return avro.logical === 'decimal' ? sure({ kind: 'float' }) : none(avro, place);
    case 'array': {
      const item = heldBy(avro.items, `${place}[]`, around, known);
      if ('why' in item) return item;
      // A list has no nulls in it.
      return item.nullable ? none(avro.items, `${place}[]`) : sure({ kind: 'list', item: item.type });
    }
    case 'union': {
      const others = avro.branches.filter(branch => branch.kind !== 'null');
      const [only] = others;
      if (only === undefined || others.length > 1) return none(avro, place);
      const held = heldBy(only, place, around, known);
      return 'why' in held ? held : { ...held, nullable: others.length < avro.branches.length };
    }
    case 'record': {
      const made = known.get(avro);
      if (made !== undefined) return sure(made);
      if (around.includes(avro)) return none(avro, place);
      const fields: Field[] = [];
      for (const { name, type } of avro.fields) {
        const held = heldBy(type, `${place}.${name}`, [...around, avro], known);
        if ('why' in held) return held;
        fields.push({ name, ...held });
      }
      const type: Type = { kind: 'record', fields };
      known.set(avro, type);
      return sure(type);
    }
    default:
      return none(avro, place);
  }
}

function none(avro: Avro, place: string): Held {
  return { why: { place, told: nameOf(avro) } };
}
