import type { BlockSpec } from '../engine/contract/parameter.ts';
import { fieldOf } from '../engine/contract/types.ts';
import type { Port } from './bindings.ts';
import { type CheckedBlock, entryValue, targets } from './block-entries.ts';
import { constantOf } from './constant-values.ts';
import { columnHint } from './field-hints.ts';
import { currentSchema } from './pipe.ts';
import { argumentPlace, type StageContext } from './stage-context.ts';
import { didYouMean, listed } from './suggest.ts';
import type { Name } from './syntax.ts';
import { visibleFields } from './types.ts';

/** `{ readmitted, ward = other }`: fields of the stream the stage brings in, or of the rows themselves. */
export function fieldBlock(of: StageContext, side: Port | null, keys: readonly string[]): CheckedBlock {
  const { reporter } = of.pipe.context;
  const schema =
    side === null ? currentSchema(of.pipe) : side.type?.kind === 'rows' ? side.type.schema : { fields: [] };
  const open = side === null ? of.pipe.current.open : side.open || side.type === null;
  const { entries, spans, lost: wrong } = targets(of, { star: true });
  let lost = wrong || open;
  const value: { name: string; from: string }[] = [];
  const assigned: Name[] = [];
  const named = entries.flatMap(entry => ('star' in entry ? [] : [entry.name.text]));
  for (const entry of entries) {
    if ('star' in entry) {
      const rest = visibleFields(schema).filter(field => !keys.includes(field.name) && !named.includes(field.name));
      value.push(...rest.map(field => ({ name: field.name, from: field.name })));
      assigned.push(...rest.map(field => ({ text: field.name, span: entry.star.span })));
      continue;
    }
    const node = entryValue(entry);
    const from = node.kind === 'name' ? node.name : null;
    if (from === null) {
      reporter.report('E304', node.span, {
        expected: 'the name of a field',
        hint: 'Compute it in a `derive` after this stage.',
      });
      lost = true;
    } else if (fieldOf(schema, from) === undefined) {
      if (!open) reporter.report('E201', node.span, { kind: 'field', name: from, hint: columnHint(from, schema) });
      lost = true;
    } else {
      if (side === null) of.reads.add(from);
      value.push({ name: entry.name.text, from });
      assigned.push(entry.name);
    }
  }
  return { value, assigned, units: new Map(), spans, lost };
}

/** `{ p = probability(true), class = predicted }`. */
export function outputBlock(of: StageContext, spec: Extract<BlockSpec, { kind: 'outputs' }>): CheckedBlock {
  const { reporter } = of.pipe.context;
  const { entries, spans, lost: wrong } = targets(of, { star: false });
  const place = argumentPlace(of, of.operator.name);
  const names = Object.keys(spec.outputs);
  let lost = wrong;
  const assigned: Name[] = [];
  const value: { name: string; output: string; args: (null | boolean | number | string)[] }[] = [];
  for (const entry of entries) {
    if ('star' in entry) continue;
    const node = entryValue(entry);
    const output = node.kind === 'name' ? node.name : node.kind === 'call' ? node.callee.text : null;
    const known = output !== null && Object.hasOwn(spec.outputs, output) ? spec.outputs[output] : undefined;
    if (output === null || known === undefined) {
      const hint = didYouMean(output ?? '', names, `They are ${listed(names)}.`);
      reporter.report('E201', node.span, {
        kind: 'output',
        name: output ?? reporter.textOf(node.span),
        hint,
      });
      lost = true;
      continue;
    }
    const given = node.kind === 'call' ? node.args : [];
    if (given.length !== known.args || (node.kind === 'call' && node.named.length > 0)) {
      const expected = known.args === 0 ? 'no arguments' : known.args === 1 ? '1 argument' : `${known.args} arguments`;
      reporter.report('E215', node.span, { name: output, expected, found: String(given.length) });
      lost = true;
      continue;
    }
    const args = given.map(arg => constantOf(arg, place.names));
    if (args.some(arg => arg === null)) lost = true;
    else {
      const plain = args.map(arg =>
        Array.isArray(arg?.value) ? null : (arg?.value as null | boolean | number | string),
      );
      value.push({ name: entry.name.text, output, args: plain });
      assigned.push(entry.name);
    }
  }
  return { value, assigned, units: new Map(), spans, lost };
}
