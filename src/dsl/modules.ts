import type { Span } from '../engine/base/span.ts';
import type { CompileHost } from './compile.ts';
import { parseFlow } from './parse.ts';
import type { Related, Reporter } from './reporter.ts';
import { didYouMean } from './suggest.ts';
import type { FlowFile, ImportStatement, Name, Statement } from './syntax.ts';

export type DeclarationKind =
  | 'param'
  | 'schema'
  | 'fn'
  | 'source'
  | 'table'
  | 'model'
  | 'schedule'
  | 'let'
  | 'pipeline'
  | 'sink'
  /** What a broken file or import would have declared: uses of it are passed over in silence. */
  | 'unknown';

export interface Declaration {
  readonly kind: DeclarationKind;
  readonly name: string;
  readonly span: Span;
  /** The file it is written in: its own names are that file's. */
  readonly module: Module;
  readonly statement: Statement;
  /** Where it was imported from, in the file that asks. */
  readonly imported?: Span;
}

/** One file: what it declares and what it imports, by name; parameters with their `$`. */
export interface Module {
  readonly path: string;
  readonly file: FlowFile;
  readonly declarations: ReadonlyMap<string, Declaration>;
  /** It has syntax errors: names may be missing that a person has written. */
  readonly broken: boolean;
  readonly syntaxErrors: readonly Span[];
}

/** What a person would call a declaration. */
export const KIND_TEXT: Readonly<Record<DeclarationKind, string>> = {
  param: 'a parameter',
  schema: 'a schema',
  fn: 'a function',
  source: 'a source',
  table: 'a table',
  model: 'a model',
  schedule: 'a schedule',
  let: 'a stream',
  pipeline: 'a pipeline',
  sink: 'a sink',
  unknown: 'unknown',
};
const MAX_IMPORT_DEPTH = 32;
const IMPORTABLE: ReadonlySet<DeclarationKind> = new Set(['schema', 'fn', 'pipeline', 'unknown']);

interface Loading {
  readonly host: CompileHost;
  readonly reporter: Reporter;
  readonly sources: Map<string, string>;
  readonly done: Map<string, Module>;
}

/** Reads a file and everything it imports. Null where the file itself is missing. */
export function loadModules(path: string, host: CompileHost, reporter: Reporter, sources: Map<string, string>) {
  const text = host.read(path);
  if (text === null) return null;
  const loading: Loading = { host, reporter, sources, done: new Map() };
  const main = load(path, text, [path], loading);
  return { main, all: [...loading.done.values()] };
}

function load(path: string, text: string, stack: readonly string[], loading: Loading): Module {
  loading.sources.set(path, text);
  const { file, diagnostics } = (loading.host.parse ?? parseFlow)(path, text);
  for (const each of diagnostics) loading.reporter.add(each);
  const declarations = new Map<string, Declaration>();
  const syntaxErrors = diagnostics.filter(each => each.severity === 'error').map(each => each.span);
  const module: Module = { path, file, declarations, broken: syntaxErrors.length > 0, syntaxErrors };
  const declare = (name: Name, kind: DeclarationKind, of: Omit<Declaration, 'name' | 'kind' | 'span'>): void => {
    if (name.text === '') return;
    // `$threshold` and a stream called `threshold` do not meet.
    const key = kind === 'param' ? `$${name.text}` : name.text;
    const before = declarations.get(key);
    if (before === undefined) declarations.set(key, { ...of, kind, name: name.text, span: name.span });
    else if (before.kind !== 'unknown' && kind !== 'unknown') {
      const what = KIND_TEXT[before.kind].replace(/^an? /, '');
      loading.reporter.report('E202', name.span, { name: name.text, kind: what }, [
        { span: before.imported ?? before.span, message: 'first declared here' },
      ]);
    }
  };
  for (const statement of file.statements) {
    if (statement.kind === 'test') continue;
    if (statement.kind === 'import') {
      for (const [name, found] of imported(statement, module, stack, loading)) {
        declare(name, found.kind, { ...found, imported: name.span });
      }
    } else declare(statement.name, kindOf(statement), { module, statement });
  }
  if (file.flow === null && !module.broken) refuseInLibrary(module, stack.length === 1, loading.reporter);
  loading.done.set(path, module);
  return module;
}

/** A library is imported, never run: what touches the world belongs into the flows. */
function refuseInLibrary(module: Module, main: boolean, reporter: Reporter): void {
  const strange = [...module.declarations.values()].filter(
    ({ kind, imported }) => imported === undefined && !IMPORTABLE.has(kind) && kind !== 'param',
  );
  const [first, ...others] = strange;
  if (first === undefined) return;
  const report = ({ kind, name, span }: Declaration, related: Related = []) =>
    reporter.report('E706', span, { kind: KIND_TEXT[kind].replace(/^an? /, ''), name }, related);
  // What is checked itself is most likely a flow whose first line was forgotten: that is one mistake.
  if (main)
    report(
      first,
      others.map(({ span }) => ({ span, message: 'nor this' })),
    );
  else for (const each of strange) report(each);
}

function kindOf(statement: Exclude<Statement, { kind: 'import' | 'test' }>): DeclarationKind {
  return statement.kind === 'let' && statement.value.kind === 'pipeline' ? 'pipeline' : statement.kind;
}

function imported(
  statement: ImportStatement,
  into: Module,
  stack: readonly string[],
  loading: Loading,
): readonly (readonly [Name, Declaration])[] {
  const from = importedModule(statement, into, stack, loading);
  return statement.names.map(name => {
    const unknown: Declaration = { kind: 'unknown', name: name.text, span: name.span, module: into, statement };
    if (from === null) return [name, unknown];
    const found = from.declarations.get(name.text) ?? from.declarations.get(`$${name.text}`);
    if (found === undefined || found.imported !== undefined) {
      if (!from.broken) reportMissing(name, statement, from, found, loading.reporter);
      return [name, unknown];
    }
    if (!IMPORTABLE.has(found.kind)) {
      loading.reporter.report(
        'E704',
        name.span,
        { name: name.text, kind: KIND_TEXT[found.kind], advice: importAdvice(found) },
        [{ span: found.span, message: 'declared here' }],
      );
      return [name, unknown];
    }
    return [name, found];
  });
}

function importAdvice(found: Declaration): string {
  if (found.kind === 'let') return `Make it a pipeline: \`let ${found.name} = pipeline { | … }\`, and apply it here.`;
  if (found.kind === 'param') return `Declare \`param ${found.name}\` here, and hand it to a pipeline as an argument.`;
  return 'Declare it in the flow that uses it.';
}

function reportMissing(
  name: Name,
  statement: ImportStatement,
  from: Module,
  found: Declaration | undefined,
  reporter: Reporter,
): void {
  const offered = [...from.declarations.values()]
    .filter(each => each.imported === undefined && IMPORTABLE.has(each.kind))
    .map(each => each.name);
  const passedOn =
    found?.imported === undefined ? '' : 'It is imported there itself: import it from where it is declared.';
  const none =
    offered.length === 0
      ? 'That file declares nothing that can be imported.'
      : `It has ${offered.map(each => `\`${each}\``).join(', ')}.`;
  const hint = passedOn === '' ? didYouMean(name.text, offered, none) : passedOn;
  reporter.report('E703', name.span, { name: name.text, path: statement.path, hint });
}

function importedModule(
  statement: ImportStatement,
  into: Module,
  stack: readonly string[],
  loading: Loading,
): Module | null {
  if (statement.path === '') return null;
  if (!/^\.\.?\//.test(statement.path)) {
    loading.reporter.report('E708', statement.pathSpan, { path: statement.path, name: shortPath(statement.path) });
    return null;
  }
  const path = loading.host.resolve(into.path, statement.path);
  if (stack.includes(path)) {
    const chain = [...stack.slice(stack.indexOf(path)), path].map(shortPath).join(' → ');
    loading.reporter.report('E702', statement.pathSpan, { chain });
    return null;
  }
  const known = loading.done.get(path);
  if (known !== undefined) return known;
  const text = loading.host.read(path);
  if (text === null) {
    loading.reporter.report('E701', statement.pathSpan, { path: statement.path });
    return null;
  }
  if (stack.length >= MAX_IMPORT_DEPTH) {
    loading.reporter.report('E707', statement.pathSpan, { limit: String(MAX_IMPORT_DEPTH) });
    return null;
  }
  return load(path, text, [...stack, path], loading);
}

function shortPath(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * Whether a name that is not declared was meant to be: it stands in a declaration that the syntax errors of its file swallowed.
 */
export function declaredInBrokenText(module: Module, name: string): boolean {
  if (!module.broken) return false;
  const words = '(?:param|schema|fn|source|table|model|let|sink)\\s+|import\\s*\\{[^}]*\\b';
  const pattern = new RegExp(`\\b(?:${words})${escapeName(name)}\\b`);
  return pattern.test(module.file.text);
}

/** Whether the reader stumbled inside of a span, or at its end: what is missing there has been said. */
export function stumbled(module: Module, span: Span): boolean {
  return module.syntaxErrors.some(error => error.start >= span.start && error.start <= span.end + 2);
}

function escapeName(name: string): string {
  return name.replace(/[^\w]/g, '\\$&');
}
