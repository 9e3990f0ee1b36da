import { once } from 'node:events';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { systemCode, writeError } from '../../engine/base/system-error.ts';
import { defineSink } from '../../engine/contract/connector.ts';
import { required } from '../../engine/contract/parameter.ts';
import { defaultOptions } from '../formats/format-of-file.ts';
import { formatsByName } from '../formats/formats-by-name.ts';

export const stdoutSink = defineSink({
  name: 'stdout',
  summary: 'Writes rows to standard output, at least once: after a restart the last ones may come again.',
  options: {
    format: required('choice', 'How a row is written.', { default: 'json', choices: ['json', 'csv'] }),
  },
  examples: [
    { title: 'A JSON object per line', flow: 'write stdout()' },
    { title: 'CSV with a header', flow: 'write stdout(format: csv)' },
  ],
  delivery: 'at-least-once',
  nature: 'console',
  open({ options, schema, encoder: given }) {
    const format = formatsByName().get(options.format);
    const encoder = given ?? format?.files?.encoder({ options: defaultOptions(format), schema });
    if (encoder === undefined) throw new OperationalError('R233', `there is no format ${options.format}`, {});
    let started = false;
    return {
      async write(batch) {
        if (!started) await toStdout(encoder.start());
        started = true;
        await toStdout(encoder.encode(batch));
      },
      publish: async () => {},
      abandon: async () => {},
    };
  },
});

async function toStdout(bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0) return;
  const { stdout } = process;
  try {
    if (stdout.destroyed) throw Object.assign(new Error('closed'), { code: 'EPIPE' });
    if (!stdout.write(bytes)) await once(stdout, 'drain');
  } catch (cause) {
    if (systemCode(cause) === 'EPIPE') {
      throw new OperationalError('R214', 'standard output was closed by its reader', { cause });
    }
    throw writeError('standard output', cause);
  }
}
