import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ROOT } from '../../scripts/generate.ts';

/** A file of the repository: its path from the root, with slashes, and its text. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** A habit that every file keeps, and a file that does not: the rule has to see it. */
export interface TidyRule {
  readonly title: string;
  /** What is wrong with the file, a phrase each; none where it is as it should be. */
  problems(file: TextFile): readonly string[];
  readonly counterexamples: readonly TextFile[];
}

/** Lines from which a file is asked whether it is still one idea. */
export const LINES_LIMIT = 400;
/** Files that are one idea and longer: most say one grammar, one catalogue or one suite. Each must still be longer. */
export const LONG_FILES: readonly string[] = ['src/engine/columnar/loop-code.ts', 'test/conformance/log/disk-cases.ts'];
/** Where a tool wants a default export. */
const DEFAULT_EXPORTS = ['vitest.config.mjs'];
/** Folders of tests beside those that mirror `src/`. */
const OWN_TESTS = ['golden', 'integration', 'package', 'property', 'structure'];

const isCode = (path: string) => /\.(ts|mjs)$/.test(path);
const inCode = (test: RegExp, what: string) => (file: TextFile) =>
  isCode(file.path) && test.test(codeOf(file.text)) ? [what] : [];
const code = (text: string, path = 'src/engine/base/example.ts') => ({ path, text });

export const TIDY_RULES: readonly TidyRule[] = [
  {
    title: `a file is one idea: ${LINES_LIMIT} lines at most`,
    problems({ path, text }) {
      const lines = text.split('\n').length - 1;
      if (!isCode(path)) return [];
      if (LONG_FILES.includes(path)) return lines > LINES_LIMIT ? [] : ['is short again: take it off LONG_FILES'];
      return lines > LINES_LIMIT ? [`has ${lines} lines`] : [];
    },
    counterexamples: [code('\n'.repeat(LINES_LIMIT + 1)), code('\n', LONG_FILES[0])],
  },
  {
    title: 'exports have names',
    problems: file => (DEFAULT_EXPORTS.includes(file.path) ? [] : inCode(/\bexport default\b/, 'export default')(file)),
    counterexamples: [code('export default 1;\n')],
  },
  {
    title: 'nothing is exported wholesale',
    problems: inCode(/\bexport \*/, 'export *'),
    counterexamples: [code("export * from './other.ts';\n"), code("export * as all from './other.ts';\n")],
  },
  {
    title: 'no test is left alone',
    problems: inCode(/\b(?:it|test|describe|suite|bench)\b[\w.]*\.only\b/, '.only'),
    counterexamples: [code("it.only('x', () => {});\n"), code('describe.skip.only.each([]);\n')],
  },
  {
    title: 'nothing is left for later in a comment',
    problems: ({ text }) => [...text.matchAll(/\b(TO[D]O|FIX[M]E)\b/g)].map(found => found[1]),
    counterexamples: [{ path: 'docs/x.md', text: `${'TO'}DO: write\n` }, code(`// ${'FIX'}ME\n`)],
  },
  {
    title: 'types and lints are not switched off',
    problems: file =>
      isCode(file.path)
        ? [...file.text.matchAll(/@ts-(?:ignore|no-?check|expect-error)|biome-igno[r]e|eslint-disabl[e]/g)].map(
            found => found[0],
          )
        : [],
    counterexamples: [code(`// @ts-${'ignore'}\n`), code(`// biome-${'ignore'} lint: because\n`)],
  },
  {
    title: 'a value has a type',
    problems: inCode(/(?::|<|\bas)\s*any\b|,\s*any\s*>/, 'any'),
    counterexamples: [code('const x: any = 1;\n'), code('f(x as any);\n'), code('new Map<string, any>();\n')],
  },
  {
    title: 'an error that is dropped says why',
    problems: inCode(/\bcatch\s*(?:\([^)]*\))?\s*\{\s*\}/, 'catch {}'),
    counterexamples: [code('try { f(); } catch {}\n'), code('try {\n  f();\n} catch (error) {\n}\n')],
  },
  {
    title: 'a definition lies in the file of its name',
    problems({ path, text }) {
      if (!/^src\/(operators|connectors|learners)\//.test(path)) return [];
      const names = [...text.matchAll(/= define\w+\(\{\s*name: '(\w+)'/g)].map(found => found[1]);
      const file = basename(path, '.ts')
        .replace(/-(source|sink)$/, '')
        .replaceAll('-', '_');
      return names.length === 0 || names.every(name => name === file) ? [] : [`defines ${names.join(', ')}`];
    },
    counterexamples: [code("export const where = defineOperator({\n  name: 'where',\n", 'src/operators/filter.ts')],
  },
  {
    title: 'a test lies where what it tests lies',
    problems({ path }) {
      if (!path.startsWith('test/') || !path.endsWith('.test.ts')) return [];
      const folder = dirname(path).slice('test/'.length);
      if (OWN_TESTS.includes(folder.split('/')[0])) return [];
      return [`src/${folder}`, folder].some(isFolder) ? [] : [`there is no src/${folder}`];
    },
    counterexamples: [
      { path: 'test/engine/gone/x.test.ts', text: '' },
      { path: 'test/x/y.test.ts', text: '' },
    ],
  },
  {
    title: 'no path of a machine and no host of a registry',
    problems: ({ text }) => [
      ...[...text.matchAll(/(?<![\w.~/$}])\/(?:work|root|home|Users)\/\w+/g)].map(found => found[0]),
      ...[...text.matchAll(/https?:\/\/[\w.-]*(?:registry|npmjs|artifactory|nexus)[\w.-]*/g)].map(found => found[0]),
    ],
    counterexamples: [
      { path: 'docs/x.md', text: `cd ${'/wor'}k/main\n` },
      { path: 'package-lock.json', text: `"resolved": "https:${'//reg'}istry.example.org/x.tgz"\n` },
    ],
  },
  {
    title: 'a benchmark opens with its question, what it guards against, and its sizes',
    problems({ path, text }) {
      if (!/^benchmarks\/[\w-]+\.ts$/.test(path) || !text.includes('BenchmarkResult = {')) return [];
      const [, opening] = /\/\*\*\n([\s\S]*?)\*\//.exec(text) ?? [];
      const missing = [/^ \* Question: [^?]+\?/, /Guards against: /, /\bbecause\b|\bso that\b/].filter(
        part => !part.test(opening ?? ''),
      );
      return missing.map(part => `its first comment lacks ${part}`);
    },
    counterexamples: [
      code('/**\n * Measures things.\n */\nconst result: BenchmarkResult = {', 'benchmarks/things.ts'),
      code('const result: BenchmarkResult = {', 'benchmarks/things.ts'),
    ],
  },
];

/** Code without the insides of its comments and texts; line by line enough for the rules here, no parser. */
function codeOf(text: string): string {
  const parts = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  return text.replace(parts, part => (part.startsWith('/') ? '/**/' : "''"));
}

function isFolder(path: string): boolean {
  const whole = join(ROOT, path);
  return existsSync(whole) && statSync(whole).isDirectory();
}
