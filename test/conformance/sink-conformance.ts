import { describe, expect, test } from 'vitest';
import { batchFromRows, type Row } from '../../src/engine/columnar/rows.ts';
import type { SinkDefinition, SinkWriter } from '../../src/engine/contract/connector.ts';
import type { Schema } from '../../src/engine/contract/types.ts';

/** How a sink of nature `file` or `console` is opened on a fresh target, and what may be seen there. */
export interface SinkDriver {
  /** Opens on the current target. */
  open(sink: SinkDefinition, schema: Schema): SinkWriter;
  /** Rows a reader sees at the current target; null where there is nothing. */
  visible(schema: Schema): Promise<readonly Row[] | null>;
  /** Everything that lies around the current target, for leftovers. */
  leftovers(): Promise<readonly string[]>;
  /** Goes on to a target where nothing has been written. */
  fresh(): Promise<void>;
}

const schema: Schema = {
  fields: [
    { name: 'id', type: { kind: 'int' }, nullable: false },
    { name: 'note', type: { kind: 'string' }, nullable: true },
  ],
};
const rows = (from: number, to: number): Row[] =>
  Array.from({ length: to - from }, (_, i) => ({ id: from + i, note: i % 3 === 0 ? null : `note "${from + i}",\n` }));

/** Every sink that publishes passes this; the claim `exactly-once` is what is tested. */
export function sinkConformance(sink: SinkDefinition, driver: SinkDriver): void {
  const write = async (writer: SinkWriter, from: number, to: number): Promise<void> =>
    writer.write(batchFromRows(schema, rows(from, to)));

  describe(`sink ${sink.name}`, () => {
    test('shows rows in order once published, and not before', async () => {
      await driver.fresh();
      const writer = driver.open(sink, schema);
      await write(writer, 0, 100);
      await write(writer, 100, 100);
      await write(writer, 100, 5000);
      expect(await driver.visible(schema)).toBe(null);
      await writer.publish();
      expect(await driver.visible(schema)).toEqual(rows(0, 100).concat(rows(100, 5000)));
    });
    test('publishes an input without rows', async () => {
      await driver.fresh();
      const writer = driver.open(sink, schema);
      await writer.publish();
      expect(await driver.visible(schema)).toEqual([]);
    });
    test('may be published and abandoned twice, in any order', async () => {
      await driver.fresh();
      const writer = driver.open(sink, schema);
      await write(writer, 0, 3);
      await writer.publish();
      await writer.publish();
      await writer.abandon();
      await writer.abandon();
      expect(await driver.visible(schema)).toEqual(rows(0, 3));
    });
    test('shows and leaves nothing of what was abandoned', async () => {
      await driver.fresh();
      const writer = driver.open(sink, schema);
      await write(writer, 0, 3000);
      await writer.abandon();
      await writer.abandon();
      expect(await driver.visible(schema)).toBe(null);
      expect(await driver.leftovers()).toEqual([]);
      await expect(write(writer, 0, 1)).rejects.toMatchObject({ code: expect.stringMatching(/^R2/) });
    });
    test('keeps the last published version until the next one is whole', async () => {
      await driver.fresh();
      const first = driver.open(sink, schema);
      await write(first, 0, 3);
      await first.publish();
      const second = driver.open(sink, schema);
      await write(second, 10, 20);
      expect(await driver.visible(schema)).toEqual(rows(0, 3));
      await second.abandon();
      expect(await driver.visible(schema)).toEqual(rows(0, 3));
      const third = driver.open(sink, schema);
      await write(third, 10, 20);
      await third.publish();
      expect(await driver.visible(schema)).toEqual(rows(10, 20));
    });
    test('a run that dies midway does not stop the next', async () => {
      await driver.fresh();
      await write(driver.open(sink, schema), 0, 3000);
      const writer = driver.open(sink, schema);
      await write(writer, 0, 5);
      await writer.publish();
      expect(await driver.visible(schema)).toEqual(rows(0, 5));
    });
  });
}
