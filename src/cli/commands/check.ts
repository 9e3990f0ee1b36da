import { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { ExitError } from '../failure.ts';
import {
  compilePath,
  type FlowOptions,
  out,
  paintOut,
  parsedParams,
  showDiagnostics,
  withFlowOptions,
} from '../session.ts';

export function checkCommand(): Command {
  return withFlowOptions(new Command('check'))
    .description('say what is wrong with a flow, without running it')
    .argument('<flow>', 'a .flow file')
    .option('--json', 'diagnostics as one JSON object, for editors')
    .addHelpText('after', '\nExample:\n  weir check pipelines/readmission/train.flow')
    .action(async (path: string, options: FlowOptions) => {
      // Without values a flow is checked for all of them; with some, as a run with these would be.
      const params = options.param === undefined ? null : parsedParams(options.param);
      const { compiled } = await compilePath(path, options, { params });
      const wrong = compiled.diagnostics.some(one => one.severity === 'error');
      if (options.json) {
        out.write(`${JSON.stringify({ ok: !wrong, diagnostics: compiled.diagnostics, params: compiled.params })}\n`);
      } else if (showDiagnostics(compiled)) {
        const what =
          compiled.plan === null ? 'a library' : `flow ${compiled.plan.flow.name} v${compiled.plan.flow.version}`;
        out.write(`${paintOut('green', 'ok')} ${path}: ${what}\n`);
      }
      if (wrong) throw new ExitError(EXIT.flow);
    });
}
