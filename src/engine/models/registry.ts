import { open, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Json } from '../base/json.ts';
import { makeFolder } from '../base/make-folder.ts';
import { OperationalError } from '../base/operational-error.ts';
import type { RegistryWriter, SideValue } from '../contract/operator.ts';
import type { ModelContent, ValueContent } from '../contract/value.ts';
import { nameFault } from '../contract/world-name.ts';
import { openValue, writeValue } from './artifact-store.ts';
import { syncPath } from './staged-folder.ts';
import { hashOfContent } from './value-bytes.ts';

/** One line of a model's append-only history. */
export interface RegistryEntry {
  readonly at: number;
  readonly action: 'publish' | 'promote' | 'rollback';
  readonly version: string;
  readonly alias: string;
  /** SHA-256 of the model's content. */
  readonly hash: string;
  /** Attached reports, by binding name, as of the publication. */
  readonly attached?: Readonly<Record<string, Json>>;
}
export interface RegisteredModel {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly content: ValueContent;
}
export interface RegistryListing {
  readonly name: string;
  readonly versions: readonly {
    readonly version: string;
    readonly hash: string;
    readonly at: number;
    readonly aliases: readonly string[];
  }[];
}

/**
 * Models by name, version and alias, under `<dir>/<name>/`: `versions/<n>/` is immutable, `history.jsonl` only grows, and an
 * alias is what its newest line says. So "which model at time T" and rollback are readings of the history.
 */
export interface Registry extends RegistryWriter {
  list(): Promise<readonly RegistryListing[]>;
  history(name: string): Promise<readonly RegistryEntry[]>;
  /** Version number or alias; null where there is none. */
  resolve(name: string, versionOrAlias: string): Promise<RegisteredModel | null>;
  promote(name: string, version: string, alias: string): Promise<RegistryEntry>;
  /** Points the alias at the version it held before the present one; again, one further back. R303 where there is none. */
  rollback(name: string, alias: string): Promise<RegistryEntry>;
}

export function openRegistry(dir: string, clock: Clock): Registry {
  const historyPath = (name: string) => join(dir, checkedName(name), 'history.jsonl');
  const versionPath = (name: string, version: string) => join(dir, checkedName(name), 'versions', version);

  const history = async (name: string): Promise<readonly RegistryEntry[]> => {
    const text = await readFile(historyPath(name), 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return '';
      throw cause;
    });
    // A line cut short by a crash was never acknowledged; the next append starts a line of its own.
    return text.split('\n').flatMap(line => parsedLine(line));
  };
  const append = async (name: string, entry: RegistryEntry): Promise<RegistryEntry> => {
    const path = historyPath(name);
    makeFolder(dirname(path));
    const file = await open(path, 'a');
    try {
      await file.writeFile(`\n${JSON.stringify(entry)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await syncPath(dirname(path));
    return entry;
  };
  const known = async (name: string, version: string): Promise<RegistryEntry> => {
    const entry = (await history(name)).find(line => line.action === 'publish' && line.version === version);
    if (entry !== undefined) return entry;
    throw new OperationalError('R301', `model "${name}" has no version ${version}`, {
      hint: `see what there is: weir models show ${name}`,
    });
  };

  return {
    history,
    async list() {
      const names = await readdir(dir).catch(() => [] as string[]);
      return Promise.all(names.sort().map(async name => listing(name, await history(name))));
    },
    async resolve(name, versionOrAlias) {
      const lines = await history(name);
      const version = aliasesOf(lines).get(versionOrAlias) ?? versionOrAlias;
      const entry = lines.find(line => line.action === 'publish' && line.version === version);
      if (entry === undefined) return null;
      const value = await openValue(versionPath(name, version), entry.hash).catch(cause => {
        if (cause instanceof OperationalError && cause.code === 'R310') return null;
        throw cause;
      });
      if (value === null || value.hash !== entry.hash) {
        throw new OperationalError('R302', `version ${version} of model "${name}" is missing or altered on disk`, {
          hint: `see what there is, then point the alias at another: weir models show ${name}`,
        });
      }
      return { name, version, hash: value.hash, content: value.content };
    },
    async publish(name, model, tag, attached) {
      checkAlias(tag);
      const lines = await history(name);
      const hash = hashOfContent(model.content);
      const before = lines.find(line => line.action === 'publish' && line.hash === hash);
      if (before !== undefined) {
        if (aliasesOf(lines).get(tag) !== before.version) {
          await append(name, { at: clock.now(), action: 'promote', version: before.version, alias: tag, hash });
        }
        return { version: before.version };
      }
      const version = String(lines.filter(line => line.action === 'publish').length + 1);
      makeFolder(dirname(versionPath(name, version)));
      // Left by a run that was killed before the history named it.
      await rm(versionPath(name, version), { recursive: true, force: true });
      await writeValue(versionPath(name, version), model.content, { binding: model.name, inputs: {}, counts: [] });
      await append(name, {
        at: clock.now(),
        action: 'publish',
        version,
        alias: tag,
        hash,
        attached: attachments(attached),
      });
      return { version };
    },
    async promote(name, version, alias) {
      checkAlias(alias);
      const { hash } = await known(name, version);
      return append(name, { at: clock.now(), action: 'promote', version, alias, hash });
    },
    async rollback(name, alias) {
      const held = heldBy(await history(name), alias);
      const [now, version] = [held.at(-1), held.at(-2)];
      if (now === undefined) {
        throw new OperationalError('R301', `model "${name}" has no alias "${alias}"`, {
          hint: 'see what there is: weir models list',
        });
      }
      if (version === undefined) {
        throw new OperationalError('R303', `alias "${alias}" of model "${name}" held no version before ${now}`, {
          hint: `choose one by hand: weir models promote ${name} VERSION ${alias}`,
        });
      }
      const { hash } = await known(name, version);
      return append(name, { at: clock.now(), action: 'rollback', version, alias, hash });
    },
  };
}

/** What a model's content says of it; content that came from a registry or a train stage. */
export function modelContentOf(content: ValueContent): ModelContent {
  return content.json as unknown as ModelContent;
}

function parsedLine(line: string): readonly RegistryEntry[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as RegistryEntry];
  } catch {
    return [];
  }
}

function aliasesOf(lines: readonly RegistryEntry[]): ReadonlyMap<string, string> {
  return new Map(lines.map(line => [line.alias, line.version]));
}

/** The versions an alias came through to the one it holds; what was rolled back is not among them. */
function heldBy(lines: readonly RegistryEntry[], alias: string): readonly string[] {
  const held: string[] = [];
  for (const line of lines) {
    if (line.alias !== alias || line.version === held.at(-1)) continue;
    if (line.action === 'rollback' && held.includes(line.version)) held.length = held.lastIndexOf(line.version) + 1;
    else held.push(line.version);
  }
  return held;
}

function listing(name: string, lines: readonly RegistryEntry[]): RegistryListing {
  const aliases = [...aliasesOf(lines)];
  const versions = lines
    .filter(line => line.action === 'publish')
    .map(({ version, hash, at }) => ({
      version,
      hash,
      at,
      aliases: aliases.filter(([, held]) => held === version).map(([alias]) => alias),
    }));
  return { name, versions };
}

function attachments(values: readonly SideValue[]): Readonly<Record<string, Json>> {
  return Object.fromEntries(values.map(value => [value.name, value.content.json]));
}

/** Names become folders: nothing that could leave the registry's own. */
function checkedName(name: string): string {
  const fault = nameFault('model', name);
  if (fault === null) return name;
  throw new OperationalError('R304', `${JSON.stringify(name)} cannot be the name of a model: ${fault}`, {
    hint: 'rename it in the flow: registry("readmission")',
  });
}

/** "7" or a hash as an alias would hide the version that is meant by it. */
function checkAlias(alias: string): void {
  const fault = nameFault('tag', alias);
  if (fault === null) return;
  throw new OperationalError('R306', `${JSON.stringify(alias)} cannot be an alias: ${fault}`, {
    hint: 'give a word, as in champion',
  });
}
