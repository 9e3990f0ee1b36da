import { Command } from 'commander';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { systemClock } from '../../engine/base/system-clock.ts';
import { pushDown } from '../../engine/plan/push-down.ts';
import { planUpgrade, type UpgradePlan } from '../../engine/runtime/plan-upgrade.ts';
import { assertUpgrade, changedWithoutVersion, type Judged } from '../../engine/runtime/stream/upgrade.ts';
import { allowDropOption } from '../allow-drop-option.ts';
import type { LogPlace } from '../log-place.ts';
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
        'Exit code 4 where `weir run` would refuse: state that would be dropped (R560), rows on their way (R561),\na version that has not risen (R542).',
    )
    .action(async (path: string, options: PlanFlags) => {
      const place = options.against;
      const how = { params: parsedParams(options.param) };
      const { compiled, catalog } = await compilePath(path, { ...options, log: place }, how);
      const plan = pushDown(planOrExit(compiled), catalog);
      const log = await place.reader(systemClock);
      const found = await planUpgrade(log, plan, catalog).finally(() => log.close());
      const { name, version } = plan.flow;
      const refusal = refusalOf(() => {
        if (found.standing === 'changed' && found.version !== null && version <= found.version)
          throw changedWithoutVersion(name, found.version);
        assertUpgrade(name, found.judged, options.allowDrop ?? []);
      });
      if (options.json) writeJson(found, name, version, refusal);
      else {
        out.write(`${headline(found, name, version, place)}\n`);
        if (found.judged.length > 0)
          out.write(alignedTable([['what', 'kind', 'name', 'why'], ...found.judged.map(row)]));
      }
      if (refusal !== null) throw refusal;
    });
}

function refusalOf(check: () => void): OperationalError | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof OperationalError) return error;
    throw error;
  }
}

function headline({ standing, version: before }: UpgradePlan, name: string, version: number, place: LogPlace): string {
  const flow = `flow ${name} v${version}`;
  switch (standing) {
    case 'bounded':
      return `${flow} is no stream: what it makes is found again by what it is made of, or made anew`;
    case 'new':
      return `${flow} has committed nothing to ${place} yet: it begins`;
    case 'ended':
      return `${flow}: v${before} has read all its input in ${place}; a changed flow begins anew`;
    case 'same':
      return `${flow} is what runs over ${place}: all of it is kept`;
    case 'changed':
      return `${flow} after v${before} in ${place}, in mid-stream:`;
  }
}

function row({ what, kind, name, why }: Judged): readonly string[] {
  return [what, kind, name, why.join('; ')];
}

function writeJson(
  { standing, version: from, judged }: UpgradePlan,
  flow: string,
  version: number,
  refusal: OperationalError | null,
): void {
  for (const one of judged) out.write(`${JSON.stringify({ event: 'finding', ...one })}\n`);
  const error = refusal === null ? {} : { error: { code: refusal.code, message: refusal.message, hint: refusal.hint } };
  out.write(`${JSON.stringify({ event: 'plan', flow, version, from, standing, ok: refusal === null, ...error })}\n`);
}
