import { Command } from 'commander';
import { systemClock } from '../../engine/base/system-clock.ts';
import { EXIT } from '../exit-codes.ts';
import { ExitError, failureOf } from '../failure.ts';
import { runFlowTest, type TestOutcome } from '../flow-test/run-flow-test.ts';
import { evaluator } from '../load-catalog.ts';
import {
  compilePath,
  type FlowOptions,
  out,
  paintOut,
  parsedParams,
  showDiagnostics,
  withFlowOptions,
} from '../session.ts';

export function testCommand(): Command {
  return withFlowOptions(new Command('test'))
    .description('run the test blocks of flows')
    .argument('<flows...>', '.flow files')
    .option('--json', 'outcomes as JSON, one a line')
    .addHelpText(
      'after',
      '\nExamples:\n  weir test pipelines/readmission/*.flow\n  weir test first.flow --param rows=10',
    )
    .action(async (paths: readonly string[], options: FlowOptions) => {
      const how = { params: options.param === undefined ? null : parsedParams(options.param), requireParams: false };
      let [passed, failed] = [0, 0];
      for (const path of paths) {
        const { compiled, catalog } = await compilePath(path, options, how);
        if (!showDiagnostics(compiled)) {
          failed++;
          continue;
        }
        for (const test of compiled.tests) {
          const outcome = await runFlowTest(test, catalog, evaluator, systemClock).catch(error =>
            broken(test.title, error),
          );
          if (outcome.ok) passed++;
          else failed++;
          out.write(options.json ? `${JSON.stringify({ flow: path, ...outcome })}\n` : textOf(path, outcome));
        }
      }
      if (!options.json) out.write(`${passed} passed, ${failed} failed\n`);
      if (failed > 0) throw new ExitError(EXIT.flow);
    });
}

function textOf(path: string, { title, ok, lines }: TestOutcome): string {
  const mark = ok ? paintOut('green', '✓') : paintOut('red', '✗');
  return `${mark} ${path}: ${title}\n${lines.map(line => `    ${line}\n`).join('')}`;
}

/** The world's failures fail the test; ours end the command. */
function broken(title: string, error: unknown): TestOutcome {
  const failure = failureOf(error);
  if (failure.exitCode === EXIT.bug) throw error;
  return {
    title,
    ok: false,
    lines: [`${failure.code}: ${failure.message}`, ...(failure.hint === null ? [] : [`help: ${failure.hint}`])],
  };
}
