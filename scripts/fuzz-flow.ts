/**
 * Fuzzes the reader and the formatter: `node scripts/fuzz-flow.ts [mutations = 100000] [first seed = 0] [flow …]`. Mutates the
 * given flows, or the test snippets and all flows under pipelines/, and stops at the first text that crashes, takes too long or
 * is changed in what it says. A run is repeated by its seed.
 */
import { globSync, readFileSync, writeSync } from 'node:fs';
import { checkAnyText } from '../test/dsl/check-any-text.ts';
import { mutate } from '../test/dsl/mutate-flow.ts';
import { SNIPPETS } from '../test/dsl/snippets.ts';

/** Processor milliseconds for reading and formatting one text: a hundred times what a large flow takes. */
const TOO_LONG_MS = 5000;
const LINES_EVERY = 5000;

const [mutations = 100_000, first = 0] = process.argv.slice(2, 4).map(Number);
const given = process.argv.slice(4);
const paths = given.length > 0 ? given : globSync('pipelines/**/*.flow').sort();
const texts = [...(given.length > 0 ? [] : Object.values(SNIPPETS)), ...paths.map(path => readFileSync(path, 'utf8'))];

let slowest = 0;
for (let seed = first; seed < first + mutations; seed++) {
  const text = mutate(texts[seed % texts.length] ?? '', seed);
  const start = process.cpuUsage();
  try {
    checkAnyText(text);
  } catch (error) {
    writeSync(
      2,
      `seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n${JSON.stringify(text)}\n`,
    );
    process.exit(1);
  }
  const took = process.cpuUsage(start).user / 1000;
  slowest = Math.max(slowest, took);
  if (took > TOO_LONG_MS) {
    writeSync(2, `seed ${seed}: took ${Math.round(took)} ms\n${JSON.stringify(text)}\n`);
    process.exit(1);
  }
  if ((seed - first + 1) % LINES_EVERY === 0) {
    writeSync(1, `${seed - first + 1} mutations, the slowest took ${Math.round(slowest)} ms\n`);
  }
}
writeSync(1, `${mutations} mutations of ${texts.length} flows: no crash, no hang, nothing lost\n`);
