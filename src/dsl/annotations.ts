import type { Type } from '../engine/contract/types.ts';
import type { FlowContext } from './flow-context.ts';
import { didYouMean } from './suggest.ts';
import type { Annotation } from './syntax.ts';
import { isNumber, UNKNOWN_TYPE } from './types.ts';

/** What a field may be marked as, with what each mark means. */
export const ANNOTATIONS: Readonly<Record<string, string>> = {
  entity: 'Who the row is about.',
  phi: 'Health information of a person: never to logs, metrics or open sinks.',
  label: 'What is predicted: never a feature.',
  id: 'Names the row itself: never a feature.',
  unit: 'The unit of the number, in UCUM: `@unit("mmol/L")`.',
};
const FOREIGN_MARKS: Readonly<Record<string, string>> = {
  key: 'id',
  pk: 'id',
  primary: 'id',
  identifier: 'id',
  target: 'label',
  outcome: 'label',
  pii: 'phi',
  personal: 'phi',
  sensitive: 'phi',
  patient: 'entity',
  person: 'entity',
  subject: 'entity',
  units: 'unit',
};

type Marks = { -readonly [A in 'entity' | 'phi' | 'label' | 'id']?: true } & { unit?: string };

/** What the annotations of a field of this type say of it. */
export function marksOf(annotations: readonly Annotation[], type: Type, context: FlowContext): Readonly<Marks> {
  const marks: Marks = {};
  for (const each of annotations) annotate(each, type, marks, context);
  return marks;
}

function annotate(annotation: Annotation, type: Type, into: Marks, context: FlowContext): void {
  const name = annotation.name.text;
  switch (name) {
    case 'entity':
    case 'phi':
    case 'label':
    case 'id':
      into[name] = true;
      return;
    case 'unit': {
      const [unit] = annotation.args;
      if (unit?.kind !== 'literal' || typeof unit.value !== 'string') {
        context.reporter.report('E304', annotation.span, {
          expected: 'a unit as text',
          hint: 'Write it in UCUM: `@unit("mmol/L")`.',
        });
      } else if (!isNumber(type) && type !== UNKNOWN_TYPE) {
        context.reporter.report('E301', annotation.span, {
          found: type.kind,
          expected: 'int or float',
          where: 'A unit',
          hint: 'Only numbers have a unit.',
        });
      } else into.unit = unit.value;
      return;
    }
    default: {
      const names = Object.keys(ANNOTATIONS);
      context.reporter.report('E201', annotation.span, {
        kind: 'annotation',
        name: `@${name}`,
        hint: markHint(name, names),
      });
    }
  }
}

function markHint(name: string, names: readonly string[]): string {
  const foreign = Object.hasOwn(FOREIGN_MARKS, name.toLowerCase()) ? FOREIGN_MARKS[name.toLowerCase()] : undefined;
  const marked = names.map(each => `@${each}`);
  if (foreign !== undefined) return `Here that is \`@${foreign}\`.`;
  return didYouMean(`@${name}`, marked, `They are ${marked.map(each => `\`${each}\``).join(' ')}.`);
}
