import { OperationalError } from '../../engine/base/operational-error.ts';
import { defineSink } from '../../engine/contract/connector.ts';
import { required } from '../../engine/contract/parameter.ts';
import { encoderForFile } from '../formats/format-of-file.ts';
import { AtomicFile } from './atomic-file.ts';

export const fileSink = defineSink({
  name: 'file',
  summary: 'Writes rows to one file, which appears whole when the input has ended; `.gz` and `.zst` are compressed.',
  options: {
    path: required('string', 'Where to; folders are created. Its ending implies the format.', {
      position: 0,
      names: 'file',
    }),
  },
  examples: [
    { title: 'Scores as CSV', flow: 'write file("out/scores.csv")' },
    { title: 'Compressed JSON lines', flow: 'write file("out/scores.ndjson.zst")' },
  ],
  delivery: 'exactly-once',
  nature: 'file',
  open({ options, schema, encoder: given }) {
    const { path } = options;
    const encoder = given ?? encoderForFile(path, schema);
    if (encoder === null) {
      throw new OperationalError('R233', `the format of ${path} cannot be told from its name`, {
        hint: 'end it in .csv, .ndjson or .arrow, or name the format: write file("…"), format: csv',
      });
    }
    const file = new AtomicFile(path);
    let started = false;
    const start = async (): Promise<void> => {
      if (started) return;
      started = true;
      await file.write(encoder.start());
    };
    let published = false;
    return {
      async write(batch) {
        await start();
        await file.write(encoder.encode(batch));
      },
      async publish() {
        if (published) return;
        await start();
        await file.write(await encoder.end());
        await file.publish();
        published = true;
      },
      abandon: () => file.abandon(),
    };
  },
});
