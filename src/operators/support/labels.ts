import { assert } from '../../engine/base/assert.ts';
import { columnOf } from '../../engine/columnar/take.ts';
import { isValid } from '../../engine/columnar/validity.ts';
import type { Batch } from '../../engine/contract/batch.ts';
import type { CheckContext } from '../../engine/contract/operator.ts';
import { type Field, fieldOf, type Schema, type Type, typeText } from '../../engine/contract/types.ts';

/** Class values of a label in the order of a model's outputs; null where the type has no classes. */
export function classesOf(type: Type): readonly (boolean | string)[] | null {
  if (type.kind === 'bool') return [false, true];
  return type.kind === 'enum' ? type.values : null;
}

/** The type a model with these classes predicts. */
export function typeOfClasses(classes: readonly (boolean | string)[]): Type {
  if (classes.every(value => typeof value === 'boolean')) return { kind: 'bool' };
  return { kind: 'enum', values: classes.map(String) };
}

/** Class index by row; −1 for null. */
export function labelIndexes(batch: Batch, name: string, type: Type): Int32Array {
  const column = columnOf(batch, name);
  const out = new Int32Array(batch.rows).fill(-1);
  if (column.kind === 'bool') {
    for (let row = 0; row < batch.rows; row++) if (isValid(column.validity, row)) out[row] = column.values[row];
    return out;
  }
  const classes = classesOf(type);
  assert(column.kind === 'string' && classes !== null, `no classes in ${typeText(type)}`);
  const classOf = new Map<number, number>();
  for (let row = 0; row < batch.rows; row++) {
    if (!isValid(column.validity, row)) continue;
    const entry = column.ids[row];
    let known = classOf.get(entry);
    if (known === undefined) classOf.set(entry, (known = classes.indexOf(column.dictionary.text(entry))));
    out[row] = known;
  }
  return out;
}

/** Reports a label that cannot be learned or compared with; the field where it can. */
export function checkLabel(
  schema: Schema,
  name: string,
  stage: string,
  report: CheckContext<unknown>['report'],
): Field | null {
  const field = fieldOf(schema, name);
  if (field === undefined) return null;
  if (classesOf(field.type) === null) {
    report('E508', 'label', {
      field: name,
      found: typeText(field.type),
      of: `\`${stage}\``,
      expected: 'a bool or an enum',
    });
    return null;
  }
  if (field.nullable) report('E509', 'label', { field: name });
  return field;
}
