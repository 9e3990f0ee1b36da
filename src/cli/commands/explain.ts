import { Command, Option } from 'commander';
import { explainMermaid } from '../../engine/plan/explain-graph.ts';
import { explainSvg } from '../../engine/plan/explain-svg.ts';
import { explainText } from '../../engine/plan/explain-text.ts';
import { planPhysical } from '../../engine/plan/physical-plan.ts';
import { pushDown } from '../../engine/plan/push-down.ts';
import { compilePath, type FlowOptions, out, parsedParams, planOrExit, withFlowOptions } from '../session.ts';

export function explainCommand(): Command {
  return withFlowOptions(new Command('explain'))
    .description('show how a flow runs: what each binding computes, and the jobs and chains made of it')
    .argument('<flow>', 'a .flow file')
    .addOption(
      new Option('--format <format>', 'text and json have both plans, mermaid and svg are pictures of the logical one')
        .choices(['text', 'mermaid', 'svg', 'json'])
        .default('text'),
    )
    .option('--json', 'the same as --format json')
    .option('--no-push-down', 'the plan as written, before filters and columns are pushed down')
    .addHelpText('after', '\nExample:\n  weir explain train.flow --param data=visits.csv --format svg > plan.svg')
    .action(async (path: string, options: FlowOptions & { format: string; pushDown: boolean }) => {
      const { compiled, catalog } = await compilePath(path, options, { params: parsedParams(options.param) });
      const written = planOrExit(compiled);
      const plan = options.pushDown ? pushDown(written, catalog) : written;
      const format = options.json ? 'json' : options.format;
      if (format === 'mermaid') out.write(explainMermaid(plan));
      else if (format === 'svg') out.write(explainSvg(plan));
      else {
        const physical = planPhysical(plan, catalog);
        out.write(format === 'json' ? `${JSON.stringify({ plan, physical })}\n` : explainText(plan, physical, catalog));
      }
    });
}
