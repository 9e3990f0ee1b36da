import { OperationalError } from '../../../engine/base/operational-error.ts';
import { defineFormat, type FormatDefinition } from '../../../engine/contract/connector.ts';
import { optional, required } from '../../../engine/contract/parameter.ts';
import { scalarColumn } from '../spans/column-of.ts';
import { SpanDecoder } from '../spans/span-decoder.ts';
import { CsvEncoder } from './csv-encoder.ts';
import { CsvTokenizer } from './csv-tokenizer.ts';

/** One format but for what stands between the fields where the flow does not say. */
function delimited(
  delimiter: string,
  about: Pick<FormatDefinition, 'name' | 'summary' | 'extensions' | 'examples'>,
): FormatDefinition {
  return defineFormat({
    ...about,
    options: {
      delimiter: required('string', 'The one character between fields.', { default: delimiter }),
      header: required(
        'bool',
        'Whether the first record names the columns; read in any order, surplus ones passed over.',
        {
          default: true,
        },
      ),
      columns: optional('strings', 'The names of the columns in order, where there is no header.'),
      max_record: required('bytes', 'A record longer than this is refused.', {
        default: 512 * 1024,
        min: 1024,
        max: 16 * 1024 * 1024,
      }),
    },
    accepts: ({ kind }, use) =>
      !['list', 'record', 'tensor', 'secret'].includes(kind) && !(kind === 'features' && use === 'read'),
    files: {
      decoder(context) {
        const { header, delimiter, columns, max_record: maxRecordBytes } = context.options;
        checkDelimiter(delimiter);
        if (!header && columns === undefined) {
          throw new OperationalError('R226', 'a CSV source with header: false does not name its columns', {
            hint: 'add columns: ["…"] with the name of each column of the file, in order',
          });
        }
        const tokenizer = new CsvTokenizer({
          split: context.split,
          schema: context.schema,
          names: context.names,
          delimiter,
          columns: header ? null : (columns ?? null),
          maxRecordBytes,
          skipRecords: context.skipRecords,
        });
        return new SpanDecoder(context, tokenizer, scalarColumn);
      },
      encoder({ options, schema }) {
        checkDelimiter(options.delimiter);
        return new CsvEncoder(schema, options.delimiter, options.header);
      },
    },
  });
}

export const csv = delimited(',', {
  name: 'csv',
  summary: 'Comma-separated values (RFC 4180), UTF-8, with a header line.',
  extensions: ['.csv'],
  examples: [
    {
      title: 'A semicolon file that marks missing values with a question mark',
      flow: 'file("visits.csv") { format: csv, delimiter: ";", schema: Visit, nulls: ["?"], on_bad: dlq("visits.bad") }',
    },
    {
      title: 'A file without a header',
      flow: 'file("vitals.csv") { format: csv, header: false, columns: ["patient", "hr"], schema: Vital, on_bad: fail }',
    },
  ],
});

export const tsv = delimited('\t', {
  name: 'tsv',
  summary: 'Tab-separated values: CSV with a tab between fields.',
  extensions: ['.tsv'],
  examples: [{ title: 'A table from a spreadsheet', flow: 'file("visits.tsv") { schema: Visit, on_bad: fail }' }],
});

function checkDelimiter(delimiter: string): void {
  const code = delimiter.charCodeAt(0);
  if (delimiter.length === 1 && code > 0 && code < 0x80 && !'"\r\n'.includes(delimiter)) return;
  throw new OperationalError('R227', 'the delimiter of CSV is one ASCII character, no quote and no line break', {
    hint: 'for example delimiter: ";"',
  });
}
