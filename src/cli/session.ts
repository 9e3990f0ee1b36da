import { relative, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import type { Compiled, CompileOptions } from '../dsl/compile.ts';
import { compileFlow } from '../dsl/compile-flow.ts';
import { renderDiagnostic } from '../dsl/diagnostics/render.ts';
import { OperationalError } from '../engine/base/operational-error.ts';
import type { Span } from '../engine/base/span.ts';
import { systemClock } from '../engine/base/system-clock.ts';
import type { Catalog } from '../engine/contract/catalog.ts';
import type { Diagnostic } from '../engine/contract/diagnostic.ts';
import type { Plan } from '../engine/plan/plan.ts';
import { compileHost } from './compile-host.ts';
import { ExitError, exitOfErrors, UsageError } from './failure.ts';
import { flowFile } from './flow-file.ts';
import { loadCatalog } from './load-catalog.ts';
import type { LogPlace } from './log-place.ts';
import { withRegisteredSchemas } from './registered-schemas.ts';
import { type Paint, paintFor, usesColor } from './terminal/color.ts';
import { DEFAULT_PLACE, logOption } from './weir-dir.ts';

/** Options that commands share. */
export interface FlowOptions {
  readonly param?: readonly string[];
  readonly with?: readonly string[];
  readonly log?: LogPlace;
  readonly json?: boolean;
}

/** Of an option that may be repeated. */
export const collect = (value: string, before: readonly string[] = []) => [...before, value];

export function withFlowOptions(command: Command): Command {
  return withPlaceOptions(
    command.option('--param <name=value>', 'give a parameter of the flow; may be repeated', collect),
  );
}

/** For commands that take no parameters. */
export function withPlaceOptions(command: Command): Command {
  return command
    .option('--with <module>', 'add definitions from a module (an operator of your own); may be repeated', collect)
    .addOption(logOption());
}

export const out = process.stdout;
export const err = process.stderr;
export const paintOut: Paint = paintFor(out, process.env);
export const paintErr: Paint = paintFor(err, process.env);

/** `--param a=1 --param b=2`. Throws UsageError for anything else. */
export function parsedParams(given: readonly string[] = []): Readonly<Record<string, string>> {
  const params: Record<string, string> = {};
  for (const text of given) {
    const at = text.indexOf('=');
    if (at < 1) throw new UsageError(`--param takes name=value, as in --param seed=1; got "${text}"`);
    const name = text.slice(0, at);
    if (Object.hasOwn(params, name)) throw new UsageError(`--param gives ${name} twice`);
    params[name] = text.slice(at + 1);
  }
  return params;
}

/** Compiles a flow; `params` null only checks it. Diagnostics are not yet shown. */
export async function compilePath(
  path: string,
  options: FlowOptions,
  how: Pick<CompileOptions, 'params' | 'requireParams' | 'only'>,
): Promise<{ readonly compiled: Compiled; readonly catalog: Catalog }> {
  flowFile(path);
  const catalog = await loadCatalog(options.with ?? []);
  const bare = await compileHost((options.log ?? DEFAULT_PLACE).dir, systemClock);
  const host = await withRegisteredSchemas(resolve(path), bare, {
    clock: systemClock,
    signal: new AbortController().signal,
    warn: (code, message) => void err.write(`${paintErr('yellow', '!')} ${code} ${message}\n`),
  });
  const compiled = compileFlow({ path: resolve(path), catalog, host, ...how });
  return { compiled, catalog };
}

/** Writes the diagnostics; true when none is an error. */
export function showDiagnostics(compiled: Compiled): boolean {
  const color = usesColor(err, process.env);
  const sources = new Map([...compiled.sources].map(([path, text]) => [shownPath(path), text]));
  for (const one of compiled.diagnostics) err.write(`${renderDiagnostic(withShownPaths(one), sources, { color })}\n`);
  const errors = compiled.diagnostics.filter(one => one.severity === 'error').length;
  if (errors > 0) err.write(`${errors} error${errors === 1 ? '' : 's'}. weir explain-error CODE says more.\n`);
  return errors === 0;
}

/** As a person in this folder would name it. */
function shownPath(path: string): string {
  const from = relative('.', path);
  return from === '' || from.startsWith(`..${sep}..`) ? path : from;
}

function withShownPaths(one: Diagnostic): Diagnostic {
  const shown = (span: Span): Span => ({ ...span, file: shownPath(span.file) });
  return { ...one, span: shown(one.span), related: one.related.map(at => ({ ...at, span: shown(at.span) })) };
}

/** The plan of a flow that is right; otherwise shows what is wrong and exits with `flow`. Throws R552 for a library. */
export function planOrExit(compiled: Compiled): Plan {
  const { plan, flow, diagnostics } = compiled;
  if (!showDiagnostics(compiled)) throw new ExitError(exitOfErrors(diagnostics), { flow, diagnostics });
  if (plan !== null) return plan;
  throw new OperationalError('R552', 'this file has no "flow" line: it is a library, which cannot run', {
    hint: 'run a flow that imports it, or begin the file with: flow my_flow v1',
  });
}
