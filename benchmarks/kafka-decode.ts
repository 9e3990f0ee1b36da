import { Reader, readRecordsBatches } from '@platformatic/kafka';
import { encodeRecordBatch } from '../src/connectors/kafka/record-batch.ts';
import { type RecordChunk, readRecordBatches } from '../src/connectors/kafka/record-chunks.ts';
import { seededRng } from '../src/engine/base/rng.ts';
import { readVarint } from '../src/engine/base/varint.ts';
import { type BenchmarkResult, cpuSeconds, median, tell } from './report.ts';

/**
 * Question: how much faster does our reader take the record batches of a Fetch answer to columns than @platformatic/kafka takes
 * them to objects?
 *
 * Guards against: an object, a bigint or a copy per record, and a kernel V8 gives up on. Batches of 500 records with a key of 8
 * bytes and a value of 200, ten of them an answer, because that is near what a busy producer sends and a broker gives at once;
 * a round is twenty answers. Uncompressed, so that it is the reader that is measured and not a codec. Ours checks the CRC and
 * the shape and looks for aborted transactions, the peer does none of it. CPU time; variants in turn within each round.
 */
const BATCH_RECORDS = 500;
const BATCHES = 10;
const ANSWERS = 20;
const ROUNDS = 9;
const RECORDS = BATCH_RECORDS * BATCHES * ANSWERS;

export async function run(): Promise<BenchmarkResult> {
  const answer = answerOf();
  if (ourValues(answer) !== peerValues(answer)) throw new Error('the peer reads other records');
  const variants: Readonly<Record<string, () => number>> = {
    ours: () => readRecordBatches(answer, 0n, []).chunks.reduce((sum, chunk) => sum + chunk.count, 0),
    '@platformatic/kafka': () =>
      readRecordsBatches(Reader.from(answer)).reduce((sum, batch) => sum + batch.records.length, 0),
  };
  const seconds = new Map(Object.keys(variants).map(name => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, variant] of Object.entries(variants)) {
      const { seconds: spent, value } = await cpuSeconds(() => {
        let records = 0;
        for (let i = 0; i < ANSWERS; i++) records += variant();
        return records;
      });
      if (value !== RECORDS) throw new Error(`${name} lost records`);
      // The first round is for the compilers.
      if (round > 0) seconds.get(name)!.push(spent);
    }
  }
  const medians = Object.fromEntries(
    [...seconds].map(([name, all]) => [name, { value: RECORDS / median(all) / 1e6, unit: 'M records per CPU second' }]),
  );
  return {
    name: 'kafka-decode',
    question: 'record batches to columns',
    medians,
    ratios: [
      {
        against: '@platformatic/kafka',
        ratio: medians['ours'].value / medians['@platformatic/kafka'].value,
        gate: null,
      },
    ],
  };
}

function answerOf(): Buffer {
  const rng = seededRng(1);
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => rng.below(256));
  const batches = Array.from({ length: BATCHES }, (_, batch) => {
    const first = 1_700_000_000_000 + batch * 1000;
    const encoded = encodeRecordBatch(
      {
        keys: Array.from({ length: BATCH_RECORDS }, () => bytes(8)),
        values: Array.from({ length: BATCH_RECORDS }, () => bytes(200)),
        timestamps: Float64Array.from({ length: BATCH_RECORDS }, (_, i) => first + 2 * i),
      },
      { id: 1n, epoch: 0, baseSequence: batch * BATCH_RECORDS, transactional: true },
    );
    // As a broker does, which the CRC leaves room for.
    new DataView(encoded.buffer).setBigInt64(0, BigInt(batch * BATCH_RECORDS));
    return encoded;
  });
  return Buffer.concat(batches);
}

/** For the comparison only: all that either says of the records, as one text. */
function ourValues(answer: Buffer): string {
  return readRecordBatches(answer, 0n, [])
    .chunks.flatMap(chunk => Array.from({ length: chunk.count }, (_, row) => ourValue(chunk, row)))
    .join('\n');
}
function ourValue(chunk: RecordChunk, row: number): string {
  const span = (start: number, end: number) => Buffer.from(chunk.bytes.subarray(start, end)).toString('base64');
  const key = span(chunk.keyStart[row], chunk.keyEnd[row]);
  const value = span(chunk.valueStart[row], chunk.valueEnd[row]);
  const headers = readVarint(chunk.bytes, { at: chunk.headersStart[row] });
  const offset = Number(chunk.baseOffset) + chunk.offsetDelta[row];
  return [offset, chunk.timestamp[row], key, value, headers].join();
}
function peerValues(answer: Buffer): string {
  return readRecordsBatches(Reader.from(answer))
    .flatMap(batch =>
      batch.records.map(record =>
        [
          batch.firstOffset + BigInt(record.offsetDelta),
          batch.firstTimestamp + record.timestampDelta,
          record.key!.toString('base64'),
          record.value!.toString('base64'),
          record.headers.length,
        ].join(),
      ),
    )
    .join('\n');
}

if (import.meta.main) tell(await run());
