import type { OperationalEntry } from './entry.ts';

/** R2xx: sources, sinks and files. */
export const WORLD = {
  R201: {
    title: 'A file that is not there',
    cause: 'The file a source names does not exist.',
    hint: 'Check the path; it is relative to the folder the command runs in.',
  },
  R202: {
    title: 'A folder where a file is needed',
    cause: 'The path names a folder.',
    hint: 'Name its files by a pattern, as in `"visits/*.csv"`.',
  },
  R203: {
    title: 'A file that may not be used',
    cause: 'The file may not be read, or is there already and will not be overwritten.',
    hint: 'Check the permissions of the file and of its folder.',
  },
  R204: {
    title: 'No file matches',
    cause: 'The pattern of a source matches no file.',
    hint: 'Check the pattern; `*` does not cross folders, `**` does.',
  },
  R205: {
    title: 'A damaged compressed file',
    cause:
      'The compressed bytes are damaged or end too early. What a stream committed of the rows before that stays; a bounded part leaves nothing.',
    hint: 'Fetch the file again and run again: a stream goes on where it was, if what it has read is the same.',
  },
  R206: {
    title: 'Reading failed',
    cause: 'The system failed to read; the message holds its code.',
    hint: 'Run again; if it stays, look at the disk or the mount.',
  },
  R207: {
    title: 'A file that changed while it was read',
    cause: 'The file had another length at the end than at the beginning.',
    hint: 'Run again once it is complete; write files under another name and rename them.',
  },
  R211: {
    title: 'An output that may not be written',
    cause: "The output's folder refuses, or a folder is in the place of the file.",
    hint: 'Check its permissions, or write to another path.',
  },
  R212: {
    title: 'The disk is full',
    cause: 'The output could not be written. What was there before is still there, whole.',
    hint: 'Free some space and run again.',
  },
  R213: {
    title: 'Writing failed',
    cause:
      'The system failed to write; the message holds its code. No half-written file takes the place of the old one.',
    hint: 'Run again; if it stays, look at the disk or the mount.',
  },
  R214: {
    title: 'Nobody reads the output',
    cause:
      'Standard output was closed by the program after the pipe, such as `head`, before the run had ended. What was committed stays.',
    hint: 'Nothing, if that was meant; otherwise run again, and it goes on from its last commit.',
  },
  R215: {
    title: "A run's folder that cannot be used",
    cause:
      'The folder given by `--log` (`.weir` otherwise) holds the log, results and models. It cannot be made, is a file, or may not be written.',
    hint: 'Name another folder by `--log DIR`; it is made where missing.',
  },
  R216: {
    title: 'One file for two',
    cause:
      'Two sinks lead to one file, or a sink to a file the flow reads: by links, by a pattern, or by what `--param` gave. Nothing was written.',
    hint: 'Write to a file of its own, in a folder no source reads.',
  },
  R217: {
    title: 'Standard output for two',
    cause:
      'With `--json` the events of a run are on standard output, and a sink of the flow writes its rows there: nobody could tell them apart. Nothing was run; the exit code is 2.',
    hint: 'Leave out `--json`, or write the rows to a file or a topic.',
  },
  R218: {
    title: 'A folder of snapshots that cannot be used',
    cause:
      'The folder given by `--snapshots` (or `WEIR_SNAPSHOTS`) cannot be made, is a file, or may not be written. It is looked at when the run begins; nothing was run.',
    hint: 'Name another folder by `--snapshots DIR`, which every machine of the run sees.',
  },
  R221: {
    title: 'A column is missing',
    cause: 'The header of the file lacks a column the schema needs.',
    hint: 'Name it by `map: { field: "Column" }`, or make the field nullable and give it a default.',
  },
  R222: {
    title: 'A column twice',
    cause: 'The header has a needed column more than once.',
    hint: 'Rename one of them in the file.',
  },
  R223: {
    title: 'UTF-16 text',
    cause: 'The file is UTF-16, as some spreadsheets write it.',
    hint: 'Save it as UTF-8.',
  },
  R224: {
    title: 'A header that is too long',
    cause: 'The first line is longer than a header may be; most likely this is not the format declared.',
    hint: 'Check `format:` and `delimiter:`.',
  },
  R225: {
    title: 'An empty file',
    cause: 'The file has no header line.',
    hint: 'Check how it was made; a table without rows still has its header.',
  },
  R226: {
    title: 'No header, and no names',
    cause: 'A file without a header needs its columns named in order.',
    hint: 'Name them by `columns: [ … ]`, or say `header: true`.',
  },
  R227: {
    title: 'Not a delimiter',
    cause: 'A delimiter is one ASCII character.',
    hint: 'Write `delimiter: ";"` or `delimiter: "\\t"`.',
  },
  R228: {
    title: 'No such time zone',
    cause: "The zone is not in the list of the world's zones.",
    hint: 'Write it as in `"Europe/Berlin"`.',
  },
  R230: {
    title: 'A connector that takes no rows',
    cause: 'The connector writes reports or models only.',
    hint: 'Write rows to a topic or a file.',
  },
  R231: {
    title: 'Not an Arrow file',
    cause: 'The bytes are not in the Arrow format, or damaged.',
    hint: 'Check `format:`, or make the file again.',
  },
  R232: {
    title: 'An Arrow column that does not fit',
    cause: 'A column is missing or has another type than the schema says.',
    hint: 'Change the schema to what the file holds.',
  },
  R233: {
    title: 'A format that cannot be told',
    cause: 'The file name implies no format.',
    hint: 'End it in `.csv`, `.ndjson` or `.arrow`, or add `format:`.',
  },
  R241: {
    title: 'A type that cannot be generated',
    cause: 'The generator knows no values for this type.',
    hint: 'Leave the field out, or read it from a file.',
  },
} as const satisfies Record<string, OperationalEntry>;
