import { resolve } from 'node:path';
import { Command } from 'commander';
import { completionsAt } from '../../dsl/complete.ts';
import { systemClock } from '../../engine/base/system-clock.ts';
import { compileHost } from '../compile-host.ts';
import { UsageError } from '../failure.ts';
import { flowFile } from '../flow-file.ts';
import { loadCatalog } from '../load-catalog.ts';
import { withRegisteredSchemas } from '../registered-schemas.ts';
import { type FlowOptions, out, withPlaceOptions } from '../session.ts';
import { alignedTable } from '../terminal/table.ts';
import { DEFAULT_PLACE } from '../weir-dir.ts';

export function completeCommand(): Command {
  return withPlaceOptions(new Command('complete'))
    .description('say what may be written at a place of a flow, for editors')
    .argument('<flow>', 'a .flow file')
    .requiredOption('--at <line:column>', 'the place, counted from 1:1')
    .option('--json', 'as JSON, with documentation')
    .addHelpText('after', '\nExample:\n  weir complete pipelines/readmission/train.flow --at 46:5 --json')
    .action(async (path: string, options: FlowOptions & { readonly at: string }) => {
      const text = flowFile(path);
      const offset = offsetOf(text, options.at);
      const catalog = await loadCatalog(options.with ?? []);
      const bare = await compileHost((options.log ?? DEFAULT_PLACE).dir, systemClock);
      // Somebody is typing: a registry that does not answer at once is not waited for.
      const world = { clock: systemClock, signal: new AbortController().signal, warn: () => undefined };
      const host = await withRegisteredSchemas(resolve(path), bare, world, 0);
      const found = completionsAt({ path: resolve(path), text, offset, catalog, host });
      if (options.json) out.write(`${JSON.stringify(found)}\n`);
      else if (found.length > 0) {
        const rows = found.map(({ label, kind, detail }) => [label, kind, detail]);
        out.write(alignedTable([['label', 'kind', 'type or signature'], ...rows]));
      }
    });
}

/** The offset of `LINE:COLUMN`; a place behind the end of its line is the end. */
function offsetOf(text: string, at: string): number {
  const [, line, column] = /^(\d+):(\d+)$/.exec(at) ?? [];
  const lines = text.split('\n');
  const wanted = Number(line);
  const shown = lines[wanted - 1];
  if (shown === undefined || column === undefined || Number(column) < 1) {
    throw new UsageError(`--at takes a place of the file, LINE:COLUMN from 1:1; got "${at}"`);
  }
  const before = lines.slice(0, wanted - 1).reduce((sum, each) => sum + each.length + 1, 0);
  return before + Math.min(Number(column) - 1, shown.length);
}
