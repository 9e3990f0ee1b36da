import type { CheckContext, Ports, RuleDefinition } from '../../engine/contract/operator.ts';
import type { BlockValues } from '../../engine/contract/parameter.ts';
import { type Field, fieldOf, typeText } from '../../engine/contract/types.ts';
import { rowsInput, withFields } from './schema.ts';

/** Types a column stage inside a fitted pipeline: each named column becomes what its rule gives, other columns stay. */
export function checkRules(
  { input, params, report }: CheckContext<{ readonly block: BlockValues['rules'] }>,
  rules: readonly RuleDefinition[],
): Ports {
  const rows = rowsInput(input);
  const fields = [...rows.schema.fields];
  params.block.forEach(({ columns, rule }, entry) => {
    const definition = rules.find(one => one.name === rule.rule);
    if (definition === undefined) return;
    for (const name of columns) {
      const field = fieldOf({ fields }, name);
      if (field === undefined) continue;
      if (!definition.accepts(field.type) || (definition.refusesNull && field.nullable)) {
        report('E516', `block.${entry}`, { rule: rule.rule, field: name, type: typeText(field.type, field.nullable) });
        continue;
      }
      const made = definition.output(field.type, field.nullable);
      fields[fields.indexOf(field)] = learnedField(field, made);
    }
  });
  return { out: withFields(rows, fields) };
}

/** A value made by a rule is about the same thing still, but has neither the column's unit nor its range. */
function learnedField(field: Field, made: Pick<Field, 'type' | 'nullable'>): Field {
  const { unit: _unit, range: _range, ...kept } = field;
  return { ...kept, ...made };
}
