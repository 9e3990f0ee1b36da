import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../../src');

/** Who may import whom, as ARCHITECTURE.md says. A room may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  cli: ['*'],
  dsl: ['engine/plan', 'engine/contract', 'engine/base'],
  operators: ['engine/contract', 'engine/columnar', 'engine/base'],
  learners: ['engine/contract', 'engine/columnar', 'engine/base'],
  connectors: ['engine/contract', 'engine/columnar', 'engine/base'],
  'engine/runtime': [
    'engine/plan',
    'engine/state',
    'engine/log',
    'engine/columnar',
    'engine/models',
    'engine/contract',
    'engine/observe',
    'engine/base',
  ],
  'engine/simulation': [
    'engine/runtime',
    'engine/plan',
    'engine/state',
    'engine/log',
    'engine/columnar',
    'engine/models',
    'engine/contract',
    'engine/observe',
    'engine/base',
  ],
  'engine/models': ['engine/columnar', 'engine/contract', 'engine/base'],
  'engine/plan': ['engine/contract', 'engine/base'],
  'engine/log': ['engine/contract', 'engine/base'],
  'engine/state': ['engine/columnar', 'engine/contract', 'engine/base'],
  'engine/columnar': ['engine/contract', 'engine/base'],
  'engine/observe': ['engine/contract', 'engine/base'],
  'engine/contract': ['engine/base'],
  'engine/base': [],
};

interface Import {
  readonly file: string;
  readonly target: string;
  readonly text: string;
}

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => join(folder, name));
}

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:^|\n)\s*(?:import|export)[^'";]*?from\s*'([^']+)'|import\('([^']+)'\)/g)].map(match => ({
    file,
    target: match[1] ?? match[2],
    text: match[0],
  }));
}

function roomOf(file: string): string {
  const parts = relative(SRC, file).split(sep);
  return parts[0] === 'engine' ? `engine/${parts[1]}` : parts[0];
}

const files = sources(SRC);
const local = files.flatMap(importsOf).filter(one => one.target.startsWith('.'));

describe('structure', () => {
  it('has only the rooms that are named', () => {
    expect([...new Set(files.map(roomOf))].filter(room => MAY_IMPORT[room] === undefined)).toEqual([]);
  });

  it('lets a room import only what it may', () => {
    const wrong = local.flatMap(({ file, target }) => {
      const [from, to] = [roomOf(file), roomOf(resolve(dirname(file), target))];
      const may = MAY_IMPORT[from] ?? [];
      return from === to || may.includes('*') || may.includes(to) ? [] : [`${relative(SRC, file)} imports ${to}`];
    });
    expect(wrong).toEqual([]);
  });

  it('keeps operators from importing each other', () => {
    const wrong = local.flatMap(({ file, target }) => {
      if (roomOf(file) !== 'operators' || /all\.ts$/.test(file) || /\.\/(support|all)/.test(target)) return [];
      const to = resolve(dirname(file), target);
      const sameFolder = dirname(to) === dirname(file) && dirname(file) !== join(SRC, 'operators');
      const own = to.startsWith(file.replace(/\.ts$/, sep)) || to.includes(`${sep}support${sep}`) || sameFolder;
      return roomOf(to) === 'operators' && !own ? [`${relative(SRC, file)} imports ${target}`] : [];
    });
    expect(wrong).toEqual([]);
  });

  it('has no import cycle', () => {
    const graph = new Map<string, string[]>();
    for (const { file, target, text } of local) {
      // Type-only imports are gone at run time; a cycle of those is a contract, not a tangle.
      if (/^\s*(import|export)\s+type\b/.test(text.trimStart())) continue;
      graph.set(file, [...(graph.get(file) ?? []), resolve(dirname(file), target)]);
    }
    expect(cyclesIn(graph).map(cycle => cycle.map(file => relative(SRC, file)).join(' → '))).toEqual([]);
  });

  it('opens no connection', () => {
    const network =
      /(?:from |import\()'(?:node:)?(?:https?|http2|net|tls|dgram|dns)[/']|(?<![#.\w])fetch\(|\bnew (?:WebSocket|EventSource)\(/;
    // A pipe that is there already is read as a socket; none is made.
    const pipe = "import { Socket } from 'node:net';";
    expect(files.filter(file => network.test(readFileSync(file, 'utf8').replace(pipe, '')))).toEqual([]);
    const connects = /\bnew Socket\((?!\{ fd: )|\.connect\(/;
    const sockets = files.filter(file => readFileSync(file, 'utf8').includes(pipe));
    expect(sockets.filter(file => connects.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('reads no clock and no randomness outside the command line', () => {
    const wrong = files.flatMap(file => {
      // The one file that reads the machine's time; entry points hand it on.
      if (roomOf(file) === 'cli' || file.endsWith(join('base', 'system-clock.ts'))) return [];
      const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      const reads =
        /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bset(?:Timeout|Interval)\(|\bAbortSignal\.timeout\(|\b(?:Math\.random|randomUUID|randomBytes|getRandomValues)\(/;
      return reads.test(code) ? [relative(SRC, file)] : [];
    });
    // Names of folders in the making, which nothing reads and two processes must not share.
    const unique = ['artifact-store.ts', 'staged-folder.ts'].map(name => join('engine', 'models', name));
    // Bounds an answer that the client library would wait for byte by byte; nothing else depends on it.
    const answers = join('connectors', 'schema-registry', 'registry-client.ts');
    expect(wrong.sort()).toEqual([answers, ...unique]);
  });
});

function cyclesIn(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const cycles: string[][] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (file: string, path: readonly string[]) => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      cycles.push([...path.slice(path.indexOf(file)), file]);
      return;
    }
    state.set(file, 'open');
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}
