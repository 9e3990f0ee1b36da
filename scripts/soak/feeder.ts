// A program beside Weir that writes records to a topic at a steady rate, and counts what the broker has taken. Speaks JSON lines:
//   node scripts/soak/feeder.ts BROKERS TOPIC PARTITIONS RECORDS-FILE   and on standard input {"rate":10000} at any time, {"end":true}
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { openLog } from '../../src/connectors/kafka/open-log.ts';
import { systemClock } from '../../src/engine/base/system-clock.ts';

const TICK_MS = 20;
/** What is due and not sent yet is sent in lots of at most this many. */
const LOT = 2_000;

const [brokers, topic, partitions, file] = process.argv.slice(2);
const bytes = readFileSync(file);
const lines: Uint8Array[] = [];
for (let at = 0; at < bytes.length; ) {
  const end = bytes.indexOf(10, at);
  lines.push(bytes.subarray(at, end));
  at = end + 1;
}
const log = openLog({ address: `kafka://${brokers}`, password: null }, systemClock);
let rate = 0;
let isOver = false;
createInterface({ input: process.stdin }).on('line', line => {
  const order = JSON.parse(line) as { readonly rate?: number; readonly end?: true };
  rate = order.rate ?? rate;
  isOver ||= order.end === true;
});

let [sent, due, at, turn] = [0, 0, 0, 0];
let before = performance.now();
let toldMs = before;
while (!isOver) {
  const now = performance.now();
  due += (rate * (now - before)) / 1000;
  before = now;
  while (due - sent >= 1 && !isOver) {
    const count = Math.min(LOT, Math.floor(due - sent));
    // Buffers are handed over, so that each lot is a copy.
    const frames = Array.from({ length: count }, () => lines[at++ % lines.length].slice());
    await log.append({ topic, partition: turn++ % Number(partitions) }, frames);
    sent += count;
  }
  if (now - toldMs > 1_000) {
    toldMs = now;
    process.stdout.write(`${JSON.stringify({ sent, behind: Math.floor(due - sent) })}\n`);
  }
  await delay(TICK_MS);
}
process.stdout.write(`${JSON.stringify({ sent, behind: 0 })}\n`);
await log.close();
process.exit(0);
