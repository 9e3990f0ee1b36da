import { Command } from 'commander';
import { renderDiagnostic } from '../../dsl/diagnostics/render.ts';
import { formatFlow } from '../../dsl/format.ts';
import { replaceFile } from '../../engine/models/staged-folder.ts';
import { EXIT } from '../exit-codes.ts';
import { ExitError } from '../failure.ts';
import { flowFile } from '../flow-file.ts';
import { err, out } from '../session.ts';
import { usesColor } from '../terminal/color.ts';

export function fmtCommand(): Command {
  return new Command('fmt')
    .description('lay out .flow files the one way')
    .argument('<flows...>', '.flow files')
    .option('--check', 'change nothing; exit 1 when a file is not laid out so')
    .addHelpText('after', '\nExample:\n  weir fmt --check pipelines/readmission/*.flow')
    .action(async (paths: readonly string[], options: { check?: boolean }) => {
      let unformatted = 0;
      for (const path of paths) {
        const text = flowFile(path);
        const formatted = formatFlow(text, path);
        if (formatted.diagnostics.length > 0) {
          const sources = new Map([[path, text]]);
          for (const one of formatted.diagnostics) {
            err.write(`${renderDiagnostic(one, sources, { color: usesColor(err, process.env) })}\n`);
          }
          unformatted++;
        } else if (formatted.text !== text) {
          if (options.check) unformatted++;
          else await replaceFile(path, formatted.text);
          out.write(`${path}: ${options.check ? 'not formatted' : 'formatted'}\n`);
        }
      }
      if (unformatted > 0) throw new ExitError(EXIT.flow);
    });
}
