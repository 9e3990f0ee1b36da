import { Command } from 'commander';
import { systemClock } from '../../engine/base/system-clock.ts';
import type { Catalog } from '../../engine/contract/catalog.ts';
import type { LogReader } from '../../engine/contract/log.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import { pushDown } from '../../engine/plan/push-down.ts';
import { planUpgrade, type UpgradePlan } from '../../engine/runtime/plan-upgrade.ts';
import type { Judged } from '../../engine/runtime/stream/standing.ts';
import { allowDropOption } from '../allow-drop-option.ts';
import type { LogPlace } from '../log-place.ts';
import { noSuchStream } from '../no-such-stream.ts';
import { collect, compilePath, type FlowOptions, out, parsedParams, planOrExit } from '../session.ts';
import { alignedTable } from '../terminal/table.ts';
import { placeOption } from '../weir-dir.ts';

interface PlanFlags extends FlowOptions {
  readonly against: LogPlace;
  readonly allowDrop?: readonly string[];
}

export function planCommand(): Command {
  return new Command('plan')
    .description('what becomes of state and positions when a changed flow runs; nothing is written')
    .argument('<flow>', 'a .flow file')
    .addOption(placeOption('--against <where>', 'the log that its stream runs over, as for --log'))
    .option('--param <name=value>', 'give a parameter of the flow; may be repeated', collect)
    .option('--with <module>', 'add definitions from a module; may be repeated', collect)
    .addOption(allowDropOption())
    .option('--json', 'a finding a line, as JSON; the last line says whether it may run')
    .addHelpText(
      'after',
      '\nExamples:\n  weir plan counts.flow\n  weir plan counts.flow --against kafka://host:9092 --allow-drop by_ward\n\n' +
        'Exit code 4 where `weir run` would refuse: state that would be dropped (R560), rows on their way (R561),\na version that has not risen (R542); and where the log holds nothing of the flow (R130).',
    )
    .action(async (path: string, options: PlanFlags) => {
      const place = options.against;
      const how = { params: parsedParams(options.param) };
      const { compiled, catalog } = await compilePath(path, { ...options, log: place }, how);
      const plan = pushDown(planOrExit(compiled), catalog);
      const { name, version } = plan.flow;
      const log = await place.reader(systemClock);
      const found = await planned(log, plan, catalog, place, options.allowDrop ?? []).finally(() => log.close());
      const { refusal } = found;
      if (options.json) writeJson(found, name, version);
      else if (found.standing !== 'none') {
        out.write(`${headline(found, name, version, place)}\n`);
        if (found.judged.length > 0)
          out.write(alignedTable([['what', 'kind', 'name', 'why'], ...found.judged.map(row)]));
      }
      if (refusal !== null) throw refusal;
    });
}

/** A flow that has left nothing there is no all-clear: it may be the wrong log, or the wrong name. */
async function planned(
  log: LogReader,
  plan: Plan,
  catalog: Catalog,
  place: LogPlace,
  allowed: readonly string[],
): Promise<UpgradePlan> {
  const found = await planUpgrade(log, plan, catalog, allowed);
  if (found.standing !== 'none') return found;
  return { ...found, refusal: await noSuchStream(log, plan.flow.name, place, '--against') };
}

function headline(
  { standing, isSame, version: before }: UpgradePlan,
  name: string,
  version: number,
  place: LogPlace,
): string {
  const flow = `flow ${name} v${version}`;
  switch (standing) {
    case 'bounded':
      return `${flow} is no stream: what it makes is found again by what it is made of, or made anew`;
    case 'none':
      return `${flow} has never run as a stream over ${place}`;
    case 'new':
      return `${flow} has committed nothing to ${place} yet: it begins`;
    case 'ended':
      return isSame
        ? `${flow} has read all its input in ${place}: there is nothing left to do`
        : `${flow}: v${before} has read all its input in ${place}; a changed flow begins anew`;
    case 'same':
    case 'parts':
      return `${flow} is what runs over ${place}: all of it is kept`;
    case 'changed':
      return `${flow} after v${before} in ${place}, in mid-stream:`;
  }
}

function row({ what, kind, name, why }: Judged): readonly string[] {
  return [what, kind, name, why.join('; ')];
}

function writeJson({ standing, version: from, judged, refusal }: UpgradePlan, flow: string, version: number): void {
  for (const one of judged) out.write(`${JSON.stringify({ event: 'finding', ...one })}\n`);
  const error = refusal === null ? {} : { error: { code: refusal.code, message: refusal.message, hint: refusal.hint } };
  out.write(`${JSON.stringify({ event: 'plan', flow, version, from, standing, ok: refusal === null, ...error })}\n`);
}
