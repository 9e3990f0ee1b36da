import type { Span } from '../engine/base/span.ts';
import type { OperatorDefinition, Ports } from '../engine/contract/operator.ts';
import type { BlockSpec, PipelineSpec } from '../engine/contract/parameter.ts';
import { fieldOf } from '../engine/contract/types.ts';
import type { BindingType } from '../engine/contract/value.ts';
import type { PortRef } from '../engine/plan/plan.ts';
import { describeBinding, type Port } from './bindings.ts';
import type { CheckedBlock } from './block-entries.ts';
import { checkBlock } from './blocks.ts';
import { LATER_STAGES, laterStage } from './later.ts';
import { otherWord } from './other-words.ts';
import { addNode, currentSchema, currentType, lose, type Pipe, setPorts } from './pipe.ts';
import { splice } from './pipelines.ts';
import type { Related } from './reporter.ts';
import type { Scope } from './scope.ts';
import { type StageArguments, stageArguments } from './stage-arguments.ts';
import type { StageContext } from './stage-context.ts';
import { finishType } from './stage-types.ts';
import { didYouMean, listed } from './suggest.ts';
import type { StageNode } from './syntax.ts';
import { UNKNOWN_TYPE } from './types.ts';

export function compileStages(stages: readonly StageNode[], scope: Scope, pipe: Pipe): void {
  for (const stage of stages) compileStage(stage, scope, pipe);
}

function compileStage(stage: StageNode, scope: Scope, pipe: Pipe): void {
  const { context } = pipe;
  const operator = context.catalog.operators.get(stage.op.text);
  // Those that only the functions of a model make are not for flows.
  if (operator === undefined || operator.modelFunctions !== undefined) {
    if (stage.op.text !== '') reportUnknownStage(stage, pipe);
    lose(pipe);
    return;
  }
  if (!takesWhatComes(operator, stage, pipe)) {
    lose(pipe);
    return;
  }
  const of: StageContext = { pipe, scope, stage, operator, reads: new Set() };
  const args = stageArguments(of);
  if (args.spliced !== null) {
    const { declaration, args: given, span } = args.spliced;
    splice(declaration, given, span, scope, pipe, compileStages);
    if (args.lost) lose(pipe);
    return;
  }
  const block = stageBlock(of, args);
  finishStage(of, args, block);
}

function reportUnknownStage(stage: StageNode, pipe: Pipe): void {
  const { reporter, catalog } = pipe.context;
  const name = stage.op.text;
  const later = laterStage(name);
  // What the compiler puts in by itself is nothing to write.
  const names = [...catalog.operators.values()].filter(each => !each.modelFunctions).map(each => each.name);
  if (later !== null) reporter.report('E190', stage.op.span, { what: later });
  else if (name === 'write') {
    const written = reporter.textOf(stage.span).replace(/^\s*\|?\s*/, '');
    reporter.report('E229', stage.op.span, { hint: `Declare a sink: \`sink NAME = … | ${written}\`.` });
  } else {
    const known = otherWord(name, names);
    const near = didYouMean(name, [...names, ...LATER_STAGES], `The stages are ${listed(names, 40)}.`);
    const sink = catalog.sinks.has(name) ? `Rows leave by \`write ${name}(…)\`.` : null;
    const hint = sink ?? (known === null ? near : `Here that is \`${known}\`.`);
    reporter.report('E222', stage.op.span, { name, hint });
  }
}

/** Whether the stage fits what comes in at all. */
function takesWhatComes(operator: OperatorDefinition, stage: StageNode, pipe: Pipe): boolean {
  const { reporter } = pipe.context;
  if (pipe.current.type === null) {
    if (pipe.current.open) return true;
    const parts = [...pipe.ports.keys()];
    reporter.report('E220', stage.op.span, {
      name: pipe.nodes.at(-1)?.op ?? 'the stage before',
      parts: `${listed(parts)} – give it a name by \`let\` first`,
    });
    return false;
  }
  const type = currentType(pipe);
  const takes = operator.takes ?? ['rows'];
  if (!takes.includes(type.kind) && !pipe.current.open) {
    const expected = takes.map(kind => describeBinding({ kind } as BindingType)).join(' or ');
    reporter.report('E402', stage.op.span, {
      stage: `\`${operator.name}\``,
      expected,
      found: describeBinding(type),
      hint: '',
    });
    return false;
  }
  if (operator.boundedOnly === true && type.kind === 'rows' && !type.bounded && !pipe.current.open) {
    reporter.report('E405', stage.op.span, {
      stage: operator.name,
      reason: 'its first row out depends on the last one in',
    });
    return false;
  }
  return fitsPlace(operator, stage, pipe);
}

/** What learns stands in a pipeline that is fitted, and nothing else but row-wise stages does. */
function fitsPlace(operator: OperatorDefinition, stage: StageNode, pipe: Pipe): boolean {
  const { mode } = operator.execution;
  if (pipe.into === 'plan') {
    // After a mistake the stages before it may be why it does not fit.
    if (mode !== 'fitted' || pipe.current.open) return mode !== 'fitted';
    pipe.context.reporter.report('E515', stage.op.span, { stage: operator.name });
    return false;
  }
  if (mode === 'fitted' || mode === 'expressions' || isSplice(operator)) return true;
  pipe.context.reporter.report('E518', stage.op.span, { what: `\`${operator.name}\`` });
  return false;
}

function isSplice(operator: OperatorDefinition): boolean {
  return Object.values(operator.params).some(spec => spec.inline === true);
}

function stageBlock(of: StageContext, args: StageArguments): CheckedBlock | null {
  const { operator, stage, pipe } = of;
  const { reporter } = pipe.context;
  const spec = operator.block;
  if (spec === undefined) {
    if (stage.block !== null && !args.lost) {
      reporter.report('E352', stage.block.span, {
        stage: operator.name,
        what: 'fields',
        hint: 'Write its arguments before the `{`.',
      });
    }
    return null;
  }
  if (stage.block === null) {
    if (!('optional' in spec && spec.optional === true)) {
      reporter.report('E355', stage.op.span, { stage: operator.name, hint: `Add ${blockText(spec)}: ${spec.doc}` });
      lose(pipe);
    }
    return null;
  }
  const streams = Object.entries(operator.params).filter(([, each]) => each.kind === 'stream');
  const [stream] = streams;
  const side: Port | null =
    stream === undefined ? null : (args.sides[stream[0]]?.[0]?.port ?? { ref: null, type: null, open: true });
  const keys = Object.entries(operator.params).flatMap(([name, each]) => {
    const value = args.params[name];
    if (each.kind === 'column') return typeof value === 'string' ? [value] : [];
    return each.kind === 'columns' && Array.isArray(value) ? (value as string[]) : [];
  });
  return checkBlock(of, spec, side, keys);
}

/** A block as one may look. */
function blockText(spec: BlockSpec): string {
  switch (spec.kind) {
    case 'aggregates':
      return '`{ n = count() }`';
    case 'rules':
      return '`{ field = rule }`';
    case 'outputs':
      return `\`{ p = ${Object.keys(spec.outputs)[0]}(…) }\``;
    default:
      return '`{ name = value }`';
  }
}

function finishStage(of: StageContext, args: StageArguments, block: CheckedBlock | null): void {
  const { operator, stage, pipe } = of;
  const { reporter } = pipe.context;
  const missingBlock =
    operator.block !== undefined && block === null && !('optional' in operator.block && operator.block.optional);
  const lost = args.lost || block?.lost === true || missingBlock;
  const params = block === null ? args.params : { ...args.params, block: block.value };
  const unsure = lost || args.wrong || block?.wrong === true || pipe.current.open || readsUnknown(of);
  const spans = new Map([...args.spans, ...(block?.spans ?? [])]);
  if (stage.block !== null) spans.set('block', stage.block.span);
  const check = (): Ports =>
    operator.check({
      params: params as never,
      input: currentType(pipe),
      bindings: Object.fromEntries(
        Object.entries(args.sides).map(([name, sides]) => [
          name,
          sides.flatMap(side => (side.port.type === null ? [] : [{ name: side.name, type: side.port.type }])),
        ]),
      ),
      report(code, at, details) {
        if (unsure) return;
        const place = at === null ? { span: stage.op.span, related: [] } : placeOf(at, of, spans, params);
        reporter.reportNamed(code, place.span, { stage: operator.name, ...details }, place.related);
      },
    });
  const ports = unsure ? attempt(check) : check();
  if (ports === null) {
    lose(pipe);
    return;
  }
  const finished = mapPorts(ports, type => finishType(type, of, block, params));
  // A complaint of the operator's own leaves its answer standing: it says what it would have given.
  const open = lost || pipe.current.open;
  if (pipe.into === 'pipeline') {
    finishSpecStage(of, params, finished, block, open);
    return;
  }
  const sides: Record<string, readonly PortRef[]> = {};
  for (const [name, list] of Object.entries(args.sides)) {
    sides[name] = list.flatMap(side => (side.port.ref === null ? [] : [side.port.ref]));
  }
  const place = { op: stage.op.span, args: args.spans };
  addNode(pipe, { op: operator.name, params, sides, span: stage.span }, place, finished, open);
}

/** The place of an argument, of an entry of the block, or of what a pipeline handed over makes a feature by (`features.age`). */
function placeOf(
  at: string,
  of: StageContext,
  spans: ReadonlyMap<string, Span>,
  params: Readonly<Record<string, unknown>>,
): { readonly span: Span; readonly related: Related } {
  const [param, ...rest] = at.split('.');
  const whole = spans.get(param ?? '') ?? of.stage.op.span;
  const own = spans.get(at);
  if (own !== undefined) return { span: own, related: [] };
  if (of.operator.params[param ?? '']?.kind !== 'pipeline') return { span: whole, related: [] };
  const made = of.pipe.context.featurePlaces.get(params[param ?? ''] as PipelineSpec)?.get(rest.join('.'));
  if (made === undefined) return { span: whole, related: [] };
  return { span: made, related: [{ span: whole, message: 'a feature of what is learned here' }] };
}

/** A check over arguments that are known to be wrong may fail in its own ways; the mistake has been reported. */
function attempt(check: () => Ports): Ports | null {
  try {
    return check();
  } catch {
    return null;
  }
}

function readsUnknown(of: StageContext): boolean {
  const schema = currentSchema(of.pipe);
  if (!schema.fields.some(field => field.type === UNKNOWN_TYPE)) return false;
  const { stage } = of;
  const named = (stage.block?.entries ?? []).flatMap(({ target }) =>
    target.kind === 'name' ? [target.name.text] : target.kind === 'names' ? target.names.map(name => name.text) : [],
  );
  return [...of.reads, ...named].some(name => fieldOf(schema, name)?.type === UNKNOWN_TYPE);
}

function finishSpecStage(
  of: StageContext,
  params: Readonly<Record<string, unknown>>,
  ports: Ports,
  block: CheckedBlock | null,
  open: boolean,
): void {
  const { pipe, operator, stage } = of;
  const input = currentSchema(pipe);
  if (
    operator.execution.mode === 'expressions' &&
    !open &&
    operator.execution.lower(params as never, input).filter !== undefined
  ) {
    pipe.context.reporter.report('E518', stage.op.span, { what: `\`${operator.name}\`` });
  }
  const out = ports['out'];
  const output = out?.kind === 'rows' ? out.schema : { fields: [] };
  pipe.stages.push({
    op: operator.name,
    params,
    input,
    output,
    reads: [...of.reads],
    assigned: block?.assigned ?? [],
  });
  setPorts(pipe, null, ports, open);
}

function mapPorts(ports: Ports, change: (type: BindingType) => BindingType): Ports {
  return Object.fromEntries(Object.entries(ports).map(([name, type]) => [name, change(type)]));
}
