import { Command } from 'commander';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { systemClock } from '../../engine/base/system-clock.ts';
import { modelContentOf, openRegistry, type Registry } from '../../engine/models/registry.ts';
import { registryFolder } from '../../engine/runtime/weir-folder.ts';
import type { LogPlace } from '../log-place.ts';
import { out, paintOut } from '../session.ts';
import { alignedTable } from '../terminal/table.ts';
import { logOption } from '../weir-dir.ts';

interface ModelFlags {
  readonly log: LogPlace;
  readonly json?: boolean;
}

export function modelsCommand(): Command {
  const command = new Command('models')
    .description('the models a registry holds, and which one serves')
    .addHelpText(
      'after',
      '\nExamples:\n  weir models list\n  weir models show readmission champion\n  weir models promote readmission 2 champion\n  weir models rollback readmission champion',
    );
  const add = (name: string, description: string, example: string) =>
    command
      .command(name)
      .description(description)
      .addHelpText('after', `\nExample:\n  weir models ${example}`)
      .addOption(logOption())
      .option('--json', 'as JSON');
  add('list', 'names, versions and aliases', 'list').action(list);
  add('show', 'what a model was made from', 'show readmission champion')
    .argument('<name>', 'name of the model, as in weir models list')
    .argument('[version]', 'a version or an alias; without it, the history')
    .action(show);
  add('promote', 'point an alias at a version', 'promote readmission 2 champion')
    .argument('<name>', 'name of the model, as in weir models list')
    .argument('<version>', 'the version it is to hold')
    .argument('<alias>', 'as in champion')
    .action(async (name: string, version: string, alias: string, flags: ModelFlags) =>
      said(await (await registryWith(name, flags)).promote(name, version, alias), flags),
    );
  add('rollback', 'point an alias back at the version it held before', 'rollback readmission champion')
    .argument('<name>', 'name of the model, as in weir models list')
    .argument('<alias>', 'as in champion')
    .action(async (name: string, alias: string, flags: ModelFlags) =>
      said(await (await registryWith(name, flags)).rollback(name, alias), flags),
    );
  return command;
}

const registryOf = (flags: ModelFlags): Registry => openRegistry(registryFolder(flags.log.dir), systemClock);

/** The registry, which must know the name. */
async function registryWith(name: string, flags: ModelFlags): Promise<Registry> {
  const registry = registryOf(flags);
  if ((await registry.history(name)).length > 0) return registry;
  const names = (await registry.list()).map(one => one.name);
  throw new OperationalError('R301', `there is no model "${name}" in ${flags.log.dir}`, {
    hint: names.length === 0 ? 'it holds no models; --log DIR names another folder' : `there are: ${names.join(', ')}`,
  });
}

function said(entry: { version: string; alias: string; action: string }, flags: ModelFlags): void {
  out.write(flags.json ? `${JSON.stringify(entry)}\n` : `${entry.alias} is now version ${entry.version}\n`);
}

async function list(flags: ModelFlags): Promise<void> {
  const models = await registryOf(flags).list();
  if (flags.json) {
    out.write(`${JSON.stringify(models)}\n`);
    return;
  }
  if (models.length === 0) {
    out.write(
      `no models in ${flags.log.dir} yet: a flow publishes one with | publish registry("name"), tag: champion\n`,
    );
    return;
  }
  const rows = models.flatMap(({ name, versions }) =>
    versions.map(version => [
      name,
      version.version,
      version.aliases.join(', '),
      timeText(version.at),
      version.hash.slice(0, 12),
    ]),
  );
  out.write(alignedTable([['name', 'version', 'aliases', 'published (UTC)', 'hash'], ...rows]));
}

async function show(name: string, version: string | undefined, flags: ModelFlags): Promise<void> {
  const registry = await registryWith(name, flags);
  const history = await registry.history(name);
  if (version === undefined) {
    if (flags.json) out.write(`${JSON.stringify(history)}\n`);
    else {
      const rows = history.map(line => [
        timeText(line.at),
        line.action,
        line.version,
        line.alias,
        line.hash.slice(0, 12),
      ]);
      out.write(alignedTable([['when (UTC)', 'what', 'version', 'alias', 'hash'], ...rows]));
    }
    return;
  }
  const model = await registry.resolve(name, version);
  if (model === null) {
    throw new OperationalError('R301', `model "${name}" has no version or alias "${version}"`, {
      hint: `see what there is: weir models show ${name}`,
    });
  }
  const { learner, params, features, classes, threshold, trainedOn, transformHash, recipe } = modelContentOf(
    model.content,
  );
  const attached = history.find(line => line.action === 'publish' && line.version === model.version)?.attached ?? {};
  const about = {
    name,
    version: model.version,
    hash: model.hash,
    learner,
    params,
    classes,
    threshold,
    features,
    trainedOn,
    transformHash,
    recipe: { flow: recipe.flow, rows: recipe.rows },
  };
  if (flags.json) {
    out.write(`${JSON.stringify({ ...about, attached, text: recipe.text })}\n`);
    return;
  }
  const lines: readonly (readonly [string, string])[] = [
    ['learner', `${learner} ${JSON.stringify(params)}`],
    ['predicts', classes.map(String).join(', ')],
    ['threshold', threshold === null ? 'none' : String(threshold)],
    ['features', `${features.length}: ${features.join(', ')}`],
    ['trained by', `flow ${recipe.flow} on ${recipe.rows} rows`],
    ['reports', Object.keys(attached).join(', ') || 'none'],
    ['hash', model.hash],
    ['rows hash', trainedOn],
    ['transform hash', transformHash ?? 'none'],
  ];
  out.write(`${paintOut('bold', `${name} version ${model.version}`)}\n`);
  for (const [label, text] of lines) out.write(`  ${label.padEnd(16)}${text}\n`);
}

function timeText(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').slice(0, 19);
}
