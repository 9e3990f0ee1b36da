import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findHeader, HeaderWriter, passHeaders } from '../../../src/engine/columnar/record-headers.ts';
import { headersOf, type RecordParts, recordColumns } from '../../support/record-columns.ts';

const utf8 = new TextEncoder();
const bytes = fc.option(fc.uint8Array({ maxLength: 300 }));
const headers = fc.array(fc.tuple(fc.constantFrom('', 'a', 'b', 'trace-é'), bytes), { maxLength: 80 });

test('headers are written as they are laid out plainly, one list after another', () => {
  fc.assert(
    fc.property(fc.array(headers, { maxLength: 4 }), lists => {
      const writer = new HeaderWriter();
      for (const list of lists) {
        writer.begin(list.length);
        for (const [name, value] of list) writer.add(utf8.encode(name), value);
        const { bytes: all, headersStart, headersEnd } = recordColumns([{ value: null, headers: list }]);
        const { part } = writer;
        expect([...part.bytes.subarray(part.from, part.to)]).toEqual([...all.subarray(headersStart[0], headersEnd[0])]);
      }
    }),
  );
});

test('the last header of a name is found, and all are passed', () => {
  fc.assert(
    fc.property(
      fc.array(headers, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', 'a', 'trace-é'),
      (lists, name) => {
        const records = recordColumns(lists.map((list): RecordParts => ({ value: null, headers: list })));
        for (const [row, list] of lists.entries()) {
          expect(headersOf(records, row)).toEqual(list);
          const found = { bytes: new Uint8Array(0), from: 0, to: 0 };
          findHeader(records, row, utf8.encode(name), found);
          const value = list.findLast(([one]) => one === name)?.[1] ?? null;
          expect(found.from < 0 ? null : [...found.bytes.subarray(found.from, found.to)]).toEqual(value && [...value]);
          const cursor = { at: records.headersStart[row] };
          passHeaders(records.bytes, cursor, records.headersEnd[row]);
          expect(cursor.at).toBe(records.headersEnd[row]);
        }
      },
    ),
  );
});
