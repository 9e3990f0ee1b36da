import { describe, expect, test } from 'vitest';
import type { SourceDefinition, Split } from '../../src/engine/contract/connector.ts';
import type { Schema } from '../../src/engine/contract/types.ts';

export interface SourceDriver {
  /** Options under which the source has at least two splits. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly schema: Schema;
  /** Content of a split as text, to compare: its bytes, or its rows. */
  content(source: SourceDefinition, split: Split, cut: { skip: number; batchRows: number }): Promise<string>;
  /** Options under which nothing is found, with the code. */
  readonly nothing?: { readonly options: Readonly<Record<string, unknown>>; readonly code: string };
}

/** Every source of bounded splits passes this. */
export function sourceConformance(source: SourceDefinition, driver: SourceDriver): void {
  const context = { options: driver.options as never, schema: driver.schema, signal: new AbortController().signal };
  describe(`source ${source.name}`, () => {
    test('is documented', () => {
      expect(source.summary).toMatch(/\.$/);
      expect(source.examples.length).toBeGreaterThan(0);
    });
    test('has the same splits each time, named and hashed apart', async () => {
      const splits = await source.splits!(context);
      expect(splits.length).toBeGreaterThan(1);
      expect(await source.splits!(context)).toEqual(splits);
      expect(new Set(splits.map(({ name }) => name)).size).toBe(splits.length);
      expect(new Set(splits.map(({ hash }) => hash)).size).toBe(splits.length);
    });
    test('gives the same content each time, however it is asked for, in any order of splits', async () => {
      const splits = await source.splits!(context);
      const cut = { skip: 0, batchRows: 1000 };
      const first = await Promise.all(splits.map(split => driver.content(source, split, cut)));
      const again: string[] = [];
      for (const split of [...splits].reverse())
        again.unshift(await driver.content(source, split, { skip: 0, batchRows: 77 }));
      expect(again).toEqual(first);
      expect(new Set(first).size).toBe(splits.length);
    });
    test('tells that nothing was found', async () => {
      if (driver.nothing === undefined) return;
      const { options, code } = driver.nothing;
      await expect(source.splits!({ ...context, options: options as never })).rejects.toMatchObject({ code });
    });
  });
}
