import { Command } from 'commander';
import type { Diagnostic } from '../../engine/contract/diagnostic.ts';
import { ExitError, exitOfErrors } from '../failure.ts';
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
    .description('say what is wrong with flows, without running them')
    .argument('<flows...>', '.flow files')
    .option('--json', 'diagnostics for editors, a JSON object for each file, one a line')
    .addHelpText('after', '\nExample:\n  weir check pipelines/readmission/*.flow')
    .action(async (paths: readonly string[], options: FlowOptions) => {
      // Without values a flow is checked for all of them; with some, as a run with these would be.
      const params = options.param === undefined ? null : parsedParams(options.param);
      const wrong: Diagnostic[] = [];
      for (const path of paths) {
        const { compiled } = await compilePath(path, options, { params });
        const { plan, diagnostics } = compiled;
        const ok = diagnostics.every(one => one.severity !== 'error');
        if (!ok) wrong.push(...diagnostics);
        if (options.json) {
          out.write(`${JSON.stringify({ flow: path, ok, diagnostics, params: compiled.params })}\n`);
        } else if (showDiagnostics(compiled)) {
          const what = plan === null ? 'a library' : `flow ${plan.flow.name} v${plan.flow.version}`;
          out.write(`${paintOut('green', 'ok')} ${path}: ${what}\n`);
        }
      }
      if (wrong.length > 0) throw new ExitError(exitOfErrors(wrong));
    });
}
