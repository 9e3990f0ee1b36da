import { murmur3 } from '../../engine/base/murmur3.ts';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { sha256 } from '../../engine/base/sha256.ts';
import { columnWriter } from '../../engine/columnar/column-writer.ts';
import type { Batch, Column } from '../../engine/contract/batch.ts';
import { defineSource } from '../../engine/contract/connector.ts';
import type { RowValue } from '../../engine/contract/function.ts';
import { optional, required } from '../../engine/contract/parameter.ts';
import type { Field, Schema, Type } from '../../engine/contract/types.ts';
import { uniform } from './noise.ts';

const ROWS_PER_SPLIT = 65_536;
const FIRST_TIME_MS = Date.UTC(2026, 0, 1);
const FIRST_DAY = FIRST_TIME_MS / 86_400_000;

interface Recipe {
  readonly seed: number;
  readonly entities: number;
  readonly nullShare: number;
}

export const generateSource = defineSource({
  name: 'generate',
  summary:
    'Seeded rows made after the schema: values in range, enum values, nulls, entities that come again. No row depends on another.',
  options: {
    rows: required('int', 'How many rows.', { position: 0, min: 0 }),
    seed: required('int', 'Equal seeds give equal rows.', { default: 1 }),
    entities: optional('int', 'How many different values `@entity` fields take; a quarter of the rows when left out.', {
      min: 1,
    }),
    null_share: required('float', 'Share of nulls in nullable fields.', { default: 0.05, min: 0, max: 1 }),
  },
  examples: [
    {
      title: 'A million vital signs of a thousand patients',
      flow: 'generate(1_000_000, seed: 7, entities: 1000) { schema: Vital, on_bad: fail }',
    },
  ],
  nature: 'bounded',
  makes: 'rows',
  async splits({ options, schema }) {
    for (const field of schema.fields) checkType(field.type, field.name);
    return Array.from({ length: Math.ceil(options.rows / ROWS_PER_SPLIT) }, (_, i) => {
      const from = i * ROWS_PER_SPLIT;
      const to = Math.min(options.rows, from + ROWS_PER_SPLIT);
      // `rows` counts only where it is the default number of entities.
      const { seed, null_share } = options;
      const about = { generator: 1, seed, null_share, entities: entitiesOf(options), schema, from, to };
      return { name: `rows ${from} to ${to}`, hash: sha256(about), size: to - from };
    });
  },
  open({ options, schema }, split) {
    const [from, to] = [...split.name.matchAll(/\d+/g)].map(([text]) => Number(text));
    const recipe = { seed: options.seed, entities: entitiesOf(options), nullShare: options.null_share };
    return {
      kind: 'batches',
      *batches(skipRecords, batchRows) {
        for (let at = from + skipRecords; at < to; at += batchRows) {
          yield generatedRows(schema, recipe, at, Math.min(to, at + batchRows));
        }
      },
    };
  },
});

function entitiesOf({ rows, entities }: { readonly rows: number; readonly entities: number | undefined }): number {
  return entities ?? Math.max(1, Math.ceil(rows / 4));
}

function checkType(type: Type, field: string): void {
  if (type.kind === 'list') checkType(type.item, field);
  else if (type.kind === 'record') for (const inner of type.fields) checkType(inner.type, `${field}.${inner.name}`);
  else if (['tensor', 'features', 'secret'].includes(type.kind)) {
    throw new OperationalError('R241', `values of \`${field}\` (${type.kind}) cannot be generated`, {
      hint: 'leave the field out of the schema',
    });
  }
}

function generatedRows(schema: Schema, recipe: Recipe, from: number, to: number): Batch {
  const columns = schema.fields.map((field): Column => {
    const writer = columnWriter(field.type);
    const stream = streamOf(field.name);
    for (let index = from; index < to; index++)
      writer.appendValue(generatedValue(field, field.type, recipe, stream, index));
    return writer.finish();
  });
  return { schema, rows: to - from, columns };
}

function streamOf(name: string): number {
  return murmur3(new TextEncoder().encode(name)) | 0;
}

/** Draws of one value use the streams from `stream` on, so that more draws elsewhere change nothing here. */
function generatedValue(field: Field, type: Type, recipe: Recipe, stream: number, index: number): RowValue {
  const draw = (nth: number): number => uniform(recipe.seed, (stream + Math.imul(nth, 0x3c6ef372)) | 0, index);
  if (field.nullable && draw(0) < recipe.nullShare) return null;
  // The same entity in all of a row's entity fields.
  const number = field.id ? index + 1 : Math.floor(uniform(recipe.seed, 0, index) * recipe.entities) + 1;
  const { low, high } = field.range ?? {};
  switch (type.kind) {
    case 'int':
      return field.id || field.entity
        ? number
        : between(Math.ceil(low ?? 0), Math.floor(high ?? (low ?? 0) + 100), draw(1));
    case 'float': {
      const [from, to] = [low ?? 0, high ?? (low ?? 0) + 100];
      return Math.min(to, Math.max(from, Math.round((from + draw(1) * (to - from)) * 1000) / 1000));
    }
    case 'bool':
      return draw(1) < 0.5;
    case 'enum':
      return type.values[Math.floor(draw(1) * type.values.length)];
    case 'string':
      return field.id || field.entity ? `${field.name}-${number}` : `${field.name} ${between(1, 100, draw(1))}`;
    case 'timestamp':
      // A minute apart, with up to a minute's jitter: nearly in order, as events come.
      return FIRST_TIME_MS + index * 60_000 + Math.floor(draw(1) * 60_000);
    case 'date':
      return FIRST_DAY + between(0, 364, draw(1));
    case 'duration':
      return between(0, 1440, draw(1)) * 60_000;
    case 'list': {
      const item: Field = { name: field.name, type: type.item, nullable: false };
      const length = between(0, 3, draw(1));
      return Array.from({ length }, (_, i) => generatedValue(item, type.item, recipe, stream + i + 1, index));
    }
    case 'record': {
      const members = type.fields.map(inner => {
        const innerStream = stream ^ streamOf(inner.name);
        return [inner.name, generatedValue(inner, inner.type, recipe, innerStream, index)];
      });
      return Object.fromEntries(members) as RowValue;
    }
    default:
      return null;
  }
}

function between(low: number, high: number, draw: number): number {
  return low + Math.floor(draw * (high - low + 1));
}
