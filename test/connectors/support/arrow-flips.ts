import { parentPort } from 'node:worker_threads';
import { arrow } from '../../../src/connectors/formats/arrow/arrow.ts';
import { toArrowIpc } from '../../../src/engine/columnar/arrow-write.ts';
import { batchFromRows } from '../../../src/engine/columnar/rows.ts';
import type { Schema } from '../../../src/engine/contract/types.ts';
import { decodeWhole, schemaOf } from './decode.ts';

/**
 * Reads a small Arrow file and a stream with every single byte flipped, each in several ways, and tells the place before it
 * reads: whoever started this thread knows where it hangs. At the end, what was neither read nor refused with a code.
 */
const schema: Schema = schemaOf({
  'i?': 'int',
  'f?': 'float',
  's?': 'string',
  b: 'bool',
  'at?': 'timestamp',
  'l?': { kind: 'list', item: { kind: 'int' } },
  'r?': { kind: 'record', fields: [{ name: 'x', type: { kind: 'string' }, nullable: true }] },
});
const rows = [
  { i: 1, f: 0.5, s: 'a', b: true, at: 1, l: [1, 2], r: { x: 'one' } },
  { i: null, f: null, s: 'bb', b: false, at: null, l: [], r: { x: null } },
  { i: 3, f: 2, s: null, b: true, at: 5, l: [3], r: null },
];

const surprises: string[] = [];
for (const kind of ['file', 'stream'] as const) {
  const whole = toArrowIpc(schema, [batchFromRows(schema, rows)], kind);
  for (let at = 0; at < whole.length; at++) {
    parentPort?.postMessage(`${kind} ${at}`);
    for (const mask of [0x01, 0x10, 0x80, 0xff]) {
      const bytes = whole.slice();
      bytes[at] ^= mask;
      try {
        await decodeWhole(arrow, schema, bytes);
      } catch (cause) {
        const { code } = cause as { readonly code?: string };
        if (code !== 'R231' && code !== 'R232') surprises.push(`${kind} ${at} ^ ${mask}: ${cause}`);
      }
    }
  }
}
parentPort?.postMessage(surprises);
