import { defineSource } from '../../engine/contract/connector.ts';
import { required } from '../../engine/contract/parameter.ts';
import { findFiles } from './find-files.ts';
import { readFileSplit, splitOfFile } from './read-file.ts';

export const fileSource = defineSource({
  name: 'file',
  summary:
    'Rows of one file, or of all files a pattern matches in the order of their names; `.gz` and `.zst` are decompressed.',
  options: {
    path: required('string', 'A path or pattern (`data/*.csv.gz`), from the folder the command is run in.', {
      position: 0,
      names: 'file',
    }),
  },
  examples: [
    {
      title: 'A compressed CSV file',
      flow: 'file("data/visits.csv.gz") { schema: Visit, nulls: ["?"], on_bad: fail }',
    },
    {
      title: 'Every file of a folder and of those below',
      flow: 'file("data/**/*.ndjson") { schema: Vital, on_bad: dlq("vitals.bad") }',
    },
  ],
  nature: 'bounded',
  async splits({ options, signal }) {
    const splits = [];
    for (const path of await findFiles(options.path)) splits.push(await splitOfFile(path, signal));
    return splits;
  },
  open: ({ signal }, split) => readFileSplit(split.name, split.size, signal),
});
