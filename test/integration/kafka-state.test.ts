import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderForFile, weir } from '../cli/weir-process.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';

const reason = skipReason();
const ROW = 'schema Row { id: int @id, ward: string, days: int }';
const FEED = `flow feed v1
${ROW}
source made = file("rows.csv") { schema: Row, on_bad: fail }
sink rows = made | write topic("rows")
`;
const count = (version: number, block: string) => `flow count v${version}
${ROW}
source rows = topic("rows") { schema: Row }
let groups = rows | aggregate by: ward { ${block} }
sink out = groups | write topic("out${version}")
`;

describe.skipIf(reason !== null)(`state over Kafka${skipNote(reason)}`, { timeout: 180_000 }, () => {
  const kafka = kafkaForTests({ brokers: 1 });

  it('is listed, planned for and taken over by a changed flow', async () => {
    const cwd = folderForFile();
    const log = `kafka://${kafka().bootstrap}/state`;
    const run = async (...args: string[]) => {
      const { code, err, out } = await weir(args, { cwd });
      expect([code, err.includes('error')], err).toEqual([0, false]);
      return out
        .split('\n')
        .filter(line => line.startsWith('{'))
        .map(line => JSON.parse(line) as Record<string, unknown>);
    };
    const rows = Array.from({ length: 300 }, (_, i) => `${i},W${i % 3},${i % 7}`);
    writeFileSync(join(cwd, 'rows.csv'), `id,ward,days\n${rows.join('\n')}\n`);
    writeFileSync(join(cwd, 'feed.flow'), FEED);
    writeFileSync(join(cwd, 'count.flow'), count(1, 'n = count(), days = sum(days)'));
    await run('run', 'feed.flow', '--log', log);
    await run('run', 'count.flow', '--until-caught-up', '--log', log);
    const keys = async () => {
      const tables = await run('state', 'list', 'count', '--json', '--log', log);
      return tables.reduce((sum, one) => sum + Number(one['keys']), 0);
    };
    expect(await keys()).toBe(3);
    const shown = await run('state', 'show', 'count', 'groups', '--key', 'ward=W1', '--json', '--log', log);
    expect(shown).toMatchObject([{ ward: 'W1', 'n/0/count': 100 }]);

    writeFileSync(join(cwd, 'count.flow'), count(2, 'n = count(), days = sum(days), most = max(days)'));
    const planned = await run('plan', 'count.flow', '--json', '--against', log);
    expect(planned.map(one => [one['kind'] ?? one['event'], one['what'] ?? one['ok']])).toEqual([
      ['state', 'migrated'],
      ['source', 'kept'],
      ['exchange', 'kept'],
      ['sink', 'changed'],
      ['plan', true],
    ]);
    await run('run', 'count.flow', '--until-caught-up', '--log', log);
    expect(await keys()).toBe(3);
  });
});
