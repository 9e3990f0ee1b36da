import { Command } from 'commander';
import type { Compiled } from '../../dsl/compile.ts';
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
      const show = (flow: string, outcome: TestOutcome | NotCompiled): void =>
        void out.write(options.json ? `${JSON.stringify({ flow, ...outcome })}\n` : textOf(flow, outcome));
      let [passed, failed] = [0, 0];
      for (const path of paths) {
        const { compiled, catalog } = await compilePath(path, options, how);
        if (!showDiagnostics(compiled)) {
          failed++;
          show(path, notCompiled(compiled));
          continue;
        }
        for (const test of compiled.tests) {
          const outcome = await runFlowTest(test, catalog, evaluator, systemClock).catch(error =>
            broken(test.title, error),
          );
          if (outcome.ok) passed++;
          else failed++;
          show(path, outcome);
        }
      }
      if (!options.json) out.write(passed + failed === 0 ? 'no tests\n' : `${passed} passed, ${failed} failed\n`);
      if (failed > 0) throw new ExitError(EXIT.flow);
    });
}

/** A flow of whose tests none can run. */
type NotCompiled = Omit<TestOutcome, 'title'> & { readonly title: null };

function notCompiled({ diagnostics }: Compiled): NotCompiled {
  const errors = diagnostics.filter(one => one.severity === 'error');
  return {
    title: null,
    ok: false,
    lines: errors.map(({ code, span, message }) => `${code} line ${span.line}: ${message}`),
  };
}

function textOf(path: string, { title, ok, lines }: TestOutcome | NotCompiled): string {
  const mark = ok ? paintOut('green', '✓') : paintOut('red', '✗');
  // What does not compile has been shown in full.
  if (title === null) return `${mark} ${path}: does not compile\n`;
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
