import { columnOf } from '../engine/columnar/take.ts';
import type { Batch } from '../engine/contract/batch.ts';
import { defineOperator } from '../engine/contract/operator.ts';
import { required } from '../engine/contract/parameter.ts';
import { type Field, fieldOf, type Schema, type Type, typeText } from '../engine/contract/types.ts';
import { rowsInput, withFields } from './support/schema.ts';

export const union = defineOperator({
  name: 'union',
  summary: 'Adds the rows of another stream with the same fields.',
  details:
    'Fields are matched by name; both must have the same ones with the same types. A field is nullable, `@phi` or `@label` when it is so on either side. Bounded rows come after the ones before the stage; of endless streams each keeps its own order.',
  params: {
    with: required('stream', 'The rows to add.', { position: 0, added: true }),
  },
  examples: [
    {
      title: 'Two sites, one table',
      flow: 'union site_b',
      schema: 'id: int, ward: string',
      tables: { site_b: { schema: 'ward: string, id: int', rows: [{ ward: 'B', id: 2 }] } },
      input: [{ id: 1, ward: 'A' }],
      output: [
        { id: 1, ward: 'A' },
        { id: 2, ward: 'B' },
      ],
    },
  ],
  check({ input, bindings, report }) {
    const left = rowsInput(input);
    const right = rowsInput(bindings.with[0].type);
    if (left.bounded !== right.bounded) report('E406', 'with', {});
    // Rows of two roles in one stream: whatever is learned or measured on it has seen what it must not.
    if (left.role !== right.role) {
      const named = (role: string | undefined) => `\`${role ?? 'unsplit'}\``;
      report('E503', 'with', {
        stage: '`union`',
        expected: named(left.role),
        found: `${named(right.role)} rows`,
        hint: 'Add rows before the split, so that each goes to one part.',
      });
    }
    // One difference is told, not all of them: most often a stage was forgotten on one side.
    let told = false;
    const differ = (expected: string, found: string): void => {
      if (!told)
        report('E301', 'with', {
          where: '`union`',
          expected,
          found,
          hint: 'Bring both into one form, in a `select` before.',
        });
      told = true;
    };
    const fields = left.schema.fields.flatMap(field => {
      const other = fieldOf(right.schema, field.name);
      if (field.hidden && other === undefined) return [];
      const type = other === undefined ? null : commonType(field.type, other.type);
      if (other !== undefined && type !== null) return unitedField(field, other, type);
      const found = other === undefined ? 'a stream without it' : typeText(other.type, other.nullable);
      differ(`a field ${field.name}: ${typeText(field.type, field.nullable)}`, found);
      return field;
    });
    for (const extra of right.schema.fields) {
      if (!extra.hidden && fieldOf(left.schema, extra.name) === undefined) {
        differ('the same fields', `a stream with a field ${extra.name} more`);
      }
    }
    return { out: withFields(left, fields) };
  },
  execution: {
    mode: 'rows',
    placement: (_, input) => ({ kind: input.bounded ? 'single' : 'rows' }),
    create(context) {
      const schema = context.output();
      return {
        onBatch: (batch, emit) => emit(inOrder(batch, schema)),
        onEnd(emit) {
          if (context.bounded) for (const batch of context.addedRows('with')) emit(inOrder(batch, schema));
        },
      };
    },
  },
});

function inOrder(batch: Batch, schema: Schema): Batch {
  return { ...batch, schema, columns: schema.fields.map(field => columnOf(batch, field.name)) };
}

function unitedField(a: Field, b: Field, type: Type): Field {
  const { range: _range, ...field } = a;
  return {
    ...field,
    type,
    nullable: a.nullable || b.nullable,
    ...(b.phi ? { phi: true } : {}),
    ...(b.label ? { label: true } : {}),
  };
}

/** Enums unite their values; everything else must be the same. */
function commonType(a: Type, b: Type): Type | null {
  if (a.kind === 'enum' && b.kind === 'enum') return { kind: 'enum', values: [...new Set([...a.values, ...b.values])] };
  return typeText(a) === typeText(b) ? a : null;
}
