import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { uniform } from '../../src/connectors/generate/noise.ts';
import { murmur3 } from '../../src/engine/base/murmur3.ts';

/** How rows come in: made by the tasks themselves, several splits to a task; or read from a file by one task, for others behind an exchange. */
export type WorkloadKind = 'generated' | 'exchanged';

export interface Workload {
  readonly kind: WorkloadKind;
  readonly flowFile: string;
  /** Of `weir run`. */
  readonly params: readonly string[];
  /** What the topic has to hold, by the rows' numbers. */
  readonly expected: ReadonlyMap<number, string>;
  /** The rows of one key keep their order among those with the same number here. */
  upstreamOf(number: number): number;
}

export const TOPIC = 'kept';
export const PARTITIONS = 3;
const SEED = 3;
const PERSONS = 500;
const LOWEST = -900;
/** Of the source `generate`. */
const ROWS_PER_SPLIT = 65_536;

const STAGES = `sink kept = readings | where value >= ${LOWEST} | derive { twice = value * 2 }
  | write topic("${TOPIC}"), key: who, delivery: exactly_once
`;
const GENERATED = `flow generated v1
param rows: int
schema Reading { number: int @id, who: string @entity, value: int in -1000..1000 }
source readings = generate($rows, seed: ${SEED}, entities: ${PERSONS}) { schema: Reading }
${STAGES}`;
const EXCHANGED = `flow exchanged v1
param data: string
schema Reading { number: int @id, who: string @entity, value: int in -1000..1000 }
source readings = file($data) { schema: Reading, format: csv, on_bad: fail }
${STAGES}`;

interface Reading {
  readonly number: number;
  readonly who: string;
  readonly value: number;
}
/** As the source `generate` makes it: from its number alone. */
function readingAt(index: number): Reading {
  const person = Math.floor(uniform(SEED, 0, index) * PERSONS) + 1;
  const value = Math.floor(uniform(SEED, VALUE_STREAM, index) * 2001) - 1000;
  return { number: index + 1, who: `who-${person}`, value };
}
const VALUE_STREAM = ((murmur3(new TextEncoder().encode('value')) | 0) + 0x3c6ef372) | 0;

/** A row of the topic, however its members are ordered. */
export function rowText({ number, who, value, twice }: Reading & { readonly twice: number }): string {
  return `${number} ${who} ${value} ${twice}`;
}

/** Writes the flow, and its file where it reads one, into a folder. `rows` come in; most of them are to come out. */
export function makeWorkload(kind: WorkloadKind, folder: string, rows: number): Workload {
  const flowFile = join(folder, `${kind}.flow`);
  const expected = new Map<number, string>();
  const lines = ['number,who,value'];
  for (let index = 0; index < rows; index++) {
    const { number, who, value } = readingAt(index);
    lines.push(`${number},${who},${value}`);
    if (value >= LOWEST) expected.set(number, rowText({ number, who, value, twice: value * 2 }));
  }
  if (kind === 'generated') {
    writeFileSync(flowFile, GENERATED);
    const upstreamOf = (number: number) => Math.floor((number - 1) / ROWS_PER_SPLIT) % PARTITIONS;
    return { kind, flowFile, params: [`rows=${rows}`], expected, upstreamOf };
  }
  const data = join(folder, 'readings.csv');
  writeFileSync(flowFile, EXCHANGED);
  writeFileSync(data, `${lines.join('\n')}\n`);
  return { kind, flowFile, params: [`data=${data}`], expected, upstreamOf: () => 0 };
}
