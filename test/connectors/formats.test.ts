import { expect, test } from 'vitest';
import { builtinFormats } from '../../src/connectors/all.ts';
import { defaultOptions, encoderForFile, formatOfFile } from '../../src/connectors/formats/format-of-file.ts';
import { batchFromRows } from '../../src/engine/columnar/rows.ts';
import { formatConformance } from '../conformance/format-conformance.ts';
import { decodeWhole, schemaOf, utf8 } from './support/decode.ts';

for (const format of [...builtinFormats().values()].filter(one => one.files !== undefined)) {
  formatConformance(format, {
    options: defaultOptions(format),
    refuses: ['csv', 'tsv'].includes(format.name) ? ['list', 'record'] : [],
  });
}
const semicolons = builtinFormats().get('csv')!;
formatConformance(semicolons, {
  options: { ...defaultOptions(semicolons), delimiter: ';' },
  refuses: ['list', 'record'],
});
const arrow = builtinFormats().get('arrow')!;
formatConformance(arrow, { options: { ...defaultOptions(arrow), kind: 'stream' } });

test('a file name implies its format', () => {
  const of = (path: string): string | undefined => formatOfFile(path, builtinFormats().values())?.name;
  expect([
    of('a/b.CSV.gz'),
    of('x.tsv.gz'),
    of('x.ndjson.zst'),
    of('x.json'),
    of('x.arrow'),
    of('x.arrows.gz'),
    of('x.txt'),
    of('csv'),
  ]).toEqual(['csv', 'tsv', 'json', 'json', 'arrow', 'arrows', undefined, undefined]);
});

test('Arrow is written as a file, and as a stream where the ending says so', async () => {
  const schema = schemaOf({ id: 'int' });
  const written = async (path: string) => {
    const encoder = encoderForFile(path, schema)!;
    encoder.encode(batchFromRows(schema, [{ id: 1 }]));
    return Buffer.from(await encoder.end());
  };
  for (const path of ['x.arrow', 'x.feather', 'x.ipc']) {
    expect((await written(path)).subarray(0, 6).toString()).toBe('ARROW1');
  }
  expect((await written('x.arrows')).subarray(0, 4).toString('hex')).toBe('ffffffff');
});

test('features are written as an object, and as columns of CSV', () => {
  const schema = schemaOf({ id: 'int', f: { kind: 'features', names: ['a', 'b=c'] } });
  const batch = batchFromRows(schema, [{ id: 1, f: { a: 0.1, 'b=c': null } }]);
  const text = (name: string): string => {
    const format = builtinFormats().get(name)!;
    const encoder = format.files!.encoder({ options: defaultOptions(format), schema });
    return new TextDecoder().decode(Buffer.concat([encoder.start(), encoder.encode(batch)]));
  };
  expect(text('json')).toBe('{"id":1,"f":{"a":0.1,"b=c":null}}\n');
  expect(text('csv')).toBe('id,f.a,f.b=c\n1,0.1,\n');
  expect(text('tsv')).toBe('id\tf.a\tf.b=c\n1\t0.1\t\n');
});

test('an Arrow file that does not fit is refused; damaged ones too', async () => {
  const written = schemaOf({ id: 'int', name: 'string' });
  const encoder = arrow.files!.encoder({ options: defaultOptions(arrow), schema: written });
  encoder.encode(batchFromRows(written, [{ id: 1, name: 'x' }]));
  const bytes = await encoder.end();
  await expect(decodeWhole(arrow, schemaOf({ nmae: 'string' }), bytes)).rejects.toThrow(
    expect.objectContaining({ code: 'R232' }),
  );
  await expect(decodeWhole(arrow, schemaOf({ name: 'int' }), bytes)).rejects.toThrow(
    expect.objectContaining({ code: 'R232' }),
  );
  await expect(decodeWhole(arrow, written, bytes.subarray(0, 50))).rejects.toThrow(
    expect.objectContaining({ code: 'R231' }),
  );
  await expect(decodeWhole(arrow, written, utf8('FEA1\0\0\0\0 … FEA1'))).rejects.toThrow(
    expect.objectContaining({ code: 'R231', hint: expect.stringContaining('version 2') }),
  );
  expect((await decodeWhole(arrow, schemaOf({ id: 'float' }), bytes)).rows).toEqual([{ id: 1 }]);
  const enums = schemaOf({ name: { kind: 'enum', values: ['y'] } });
  expect((await decodeWhole(arrow, enums, bytes)).bad).toMatchObject([{ code: 'R417', record: 1 }]);
});
