import { fuzzOne } from '../test/connectors/support/fuzz.ts';

/**
 * Decodes mutated CSV and JSON inputs and compares each with the oracle: `node scripts/fuzz-records.ts [count] [first seed]`.
 * A seed that fails is printed and gives the same input again.
 */
const count = Number(process.argv[2] ?? 100_000);
const first = Number(process.argv[3] ?? 1);
let failures = 0;
for (let i = 0; i < count && failures < 20; i++) {
  const failure = fuzzOne(i % 2 === 0 ? 'csv' : 'json', first + i);
  if (failure === null) continue;
  failures++;
  console.log(failure);
}
console.log(`${count} inputs, ${failures} failures`);
process.exitCode = failures === 0 ? 0 : 1;
