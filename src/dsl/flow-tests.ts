import type { FlowTest } from './compile.ts';
import { constantOf, fitConstant, keepsRange } from './constant-values.ts';
import type { Constant } from './constants.ts';
import { type FlowContext, lookUp, namesOf } from './flow-context.ts';
import { planOf } from './plan-of.ts';
import { resolveType } from './schemas.ts';
import { didYouMean, listed } from './suggest.ts';
import type { TestStatement } from './syntax.ts';
import { type Expected, expectation } from './test-expect.ts';
import { type Answers, type Given, givenStep } from './test-given.ts';
import { literalNames } from './test-values.ts';
import { UNKNOWN_TYPE } from './types.ts';

/** Compiles the flow anew with a test's parameters. */
export type CompileWith = (overrides: ReadonlyMap<string, Constant>) => FlowContext;

/** The `test` blocks of a flow, each with the part of the plan that it needs. */
export function compileTests(
  context: FlowContext,
  compile: CompileWith,
  sources: ReadonlyMap<string, string>,
): readonly FlowTest[] {
  const titles = new Set<string>();
  const broken = context.reporter.errors > 0;
  return context.main.file.statements.flatMap(statement => {
    if (statement.kind !== 'test') return [];
    if (titles.has(statement.title)) {
      const span = { ...statement.span, end: statement.span.start + 'test'.length };
      context.reporter.report('E202', span, { name: statement.title, kind: 'test' });
    }
    titles.add(statement.title);
    const overrides = overridesOf(statement, context);
    const own = overrides.size === 0 ? context : compile(overrides);
    const test = compileTest(statement, own, sources);
    return test === null || broken ? [] : [test];
  });
}

/** `given $threshold 0.9` */
function overridesOf(statement: TestStatement, context: FlowContext): ReadonlyMap<string, Constant> {
  const overrides = new Map<string, Constant>();
  for (const step of statement.steps) {
    if (step.kind !== 'given' || !('kind' in step.target)) continue;
    const { name } = step.target;
    const declaration = lookUp(context.main, `$${name}`);
    if (declaration?.statement.kind !== 'param') {
      const names = namesOf(context.main, ['param']).map(each => `$${each}`);
      const hint = didYouMean(
        `$${name}`,
        names,
        names.length === 0 ? 'This flow has no parameters.' : `There are ${listed(names)}.`,
      );
      context.reporter.report('E201', step.target.span, { kind: 'parameter', name: `$${name}`, hint });
      continue;
    }
    const declared = resolveType(declaration.statement.type, context, context.main);
    if (declared.type === UNKNOWN_TYPE) continue;
    const names = literalNames(context);
    const constant = constantOf(step.value, names);
    const place = { node: step.value, where: `\`$${name}\`` };
    const fitted =
      constant === null ? null : fitConstant(constant, declared.type, declared.nullable, place, context.reporter);
    const range = { span: step.value.span, what: place.where };
    if (fitted !== null && keepsRange(fitted.value, declared.range, range, context.reporter))
      overrides.set(name, fitted);
  }
  return overrides;
}

function compileTest(
  statement: TestStatement,
  context: FlowContext,
  sources: ReadonlyMap<string, string>,
): FlowTest | null {
  const { errors } = context.reporter;
  const given: Given[] = [];
  const models: Answers[] = [];
  const expect: Expected[] = [];
  for (const step of statement.steps) {
    if (step.kind === 'advance') context.reporter.report('E190', step.span, { what: '`advance` (event time)' });
    else if (step.kind === 'expect') expect.push(...expectation(step, context));
    else if (!('kind' in step.target)) givenStep(step, context, given, models);
  }
  if (context.reporter.errors > errors) return null;
  const roots = expect.map(each => each.node);
  const plan = planOf(context, roots, sources);
  return plan === null ? null : { title: statement.title, plan, given, models, expect };
}
