import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { FAULT_GROUPS, faultKinds, type WorldKind } from '../../engine/simulation/fault.ts';
import { simulateSeeds } from '../../engine/simulation/seed-pool.ts';
import { catalogModule } from '../catalog-module.ts';
import { EXIT, EXIT_CODES } from '../exit-codes.ts';
import { ExitError, UsageError } from '../failure.ts';
import { onInterrupt } from '../interrupts.ts';
import {
  compilePath,
  err,
  type FlowOptions,
  out,
  paintOut,
  parsedParams,
  planOrExit,
  withFlowOptions,
} from '../session.ts';
import { Campaign } from '../terminal/simulation-view.ts';
import { DEFAULT_PLACE } from '../weir-dir.ts';
import { wholeNumber } from '../whole-number.ts';

const WORLDS: readonly WorldKind[] = ['cluster', 'local'];
const MOST_ROWS = 5_000;
const MOST_SEED = 2 ** 31 - 1;

interface SimulateFlags extends FlowOptions {
  readonly seeds: number;
  readonly from: number;
  readonly rows: number;
  readonly workers: number;
  readonly world?: WorldKind;
  readonly faults?: readonly string[];
}

export function simulateCommand(): Command {
  const groups = Object.keys(FAULT_GROUPS);
  return withFlowOptions(new Command('simulate'))
    .description('run a flow’s stream in simulated worlds that fail by seeds; nothing is read, written or waited for')
    .argument('<flow>', 'a .flow file')
    .option('--seeds <n>', 'how many seeds', wholeNumber(MOST_SEED), 200)
    .option('--from <seed>', 'the first of them', wholeNumber(MOST_SEED), 1)
    .option('--faults <groups>', `what fails, of ${groups.join(',')}; without it, all`, faultGroups)
    .addOption(
      new Option(
        '--world <kind>',
        'several processes over one log, or one at a time over a disk; without it, by turns',
      ).choices([...WORLDS]),
    )
    .option('--rows <n>', 'generated rows of each source', wholeNumber(MOST_ROWS), 96)
    .option('--workers <n>', 'threads; what is found does not depend on it', wholeNumber(64), availableParallelism())
    .option('--json', 'an object a seed, one a line; the last is the summary')
    .addHelpText(
      'after',
      '\nExamples:\n  weir simulate score.flow --seeds 2000\n  weir simulate score.flow --from 1234 --seeds 1 --faults kill,net\n\n' +
        `${EXIT_CODES}`,
    )
    .action(async (path: string, options: SimulateFlags) => {
      assertThatSomethingFails(options, groups);
      const { compiled } = await compilePath(path, options, { params: parsedParams(options.param) });
      const plan = planOrExit(compiled);
      const place = options.log ?? DEFAULT_PLACE;
      const stop = new AbortController();
      const release = onInterrupt(() => stop.abort(new OperationalError('R511', 'the simulation was stopped')));
      const campaign = new Campaign({
        count: options.seeds,
        json: options.json === true,
        command: seed => commandOf(path, options, seed),
        out,
        err,
        paint: paintOut,
      });
      const setup = {
        plan,
        catalogModule,
        extensions: (options.with ?? []).map(module => resolve(module)),
        folder: place.folder,
        rows: options.rows,
        worlds: options.world === undefined ? WORLDS : [options.world],
        faults: options.faults ?? groups,
      };
      const seeds = { from: options.from, count: options.seeds, workers: options.workers };
      try {
        await simulateSeeds(setup, seeds, stop.signal, campaign);
      } catch (error) {
        if (!stop.signal.aborted) throw error;
        campaign.finish();
        throw new ExitError(EXIT.stopped);
      } finally {
        release();
      }
      campaign.finish();
      if (campaign.failed > 0) throw new ExitError(EXIT.violation);
    });
}

/** Seeds in which nothing can go wrong would be an all-clear of nothing; the last seed has to be one that runs it again. */
function assertThatSomethingFails({ world, faults, from, seeds }: SimulateFlags, groups: readonly string[]): void {
  const worlds = world === undefined ? WORLDS : [world];
  if (worlds.every(kind => faultKinds(kind, faults ?? groups).length === 0))
    throw new UsageError(`nothing of ${faults?.join(',')} fails in a ${world} world; see docs/simulation.md`);
  if (from + seeds - 1 > MOST_SEED) throw new UsageError(`seeds go up to ${MOST_SEED}: --from and --seeds pass it`);
}

function faultGroups(text: string): readonly string[] {
  const names = text.split(',').map(name => name.trim());
  const wrong = names.find(name => !Object.hasOwn(FAULT_GROUPS, name));
  if (wrong === undefined) return names;
  throw new InvalidArgumentError(`"${wrong}" is none of ${Object.keys(FAULT_GROUPS).join(', ')}.`);
}

/** What runs one seed again as it was run. */
function commandOf(path: string, options: SimulateFlags, seed: number): string {
  const words = ['weir', 'simulate', path, '--from', String(seed), '--seeds', '1', '--rows', String(options.rows)];
  if (options.world !== undefined) words.push('--world', options.world);
  if (options.faults !== undefined) words.push('--faults', options.faults.join(','));
  for (const param of options.param ?? []) words.push('--param', param);
  for (const module of options.with ?? []) words.push('--with', module);
  if (options.log !== undefined && options.log !== DEFAULT_PLACE) words.push('--log', options.log.dir);
  return words.map(word => (/^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}
