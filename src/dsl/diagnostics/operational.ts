/** What can go wrong while a right flow runs: the world is not as the flow says. */
export interface OperationalEntry {
  readonly title: string;
  /** What has happened, and what that means for the data. */
  readonly cause: string;
  /** What to do. */
  readonly hint: string;
}

/**
 * Codes of operational errors (`OperationalError.code`) and of rows refused to `on_bad`. R1xx log, R2xx sources and files,
 * R3xx models and learning, R4xx rows and values, R5xx run and tasks. A number is never used again for something else.
 */
export const OPERATIONAL = {
  R101: {
    title: 'Fenced by a newer process',
    cause:
      'Another process has taken over this task with a higher epoch. What this one wrote since its last commit is not visible to anybody, so nothing is doubled.',
    hint: 'Usually nothing: the newer process goes on. If two are running by mistake, stop one.',
  },
  R102: {
    title: 'A commit with an unknown outcome',
    cause:
      'The answer to a commit was lost, so it may or may not have taken place. The run reopens the log and looks, before it goes on.',
    hint: 'Nothing, if the run goes on. Otherwise run again: it resumes at the last commit.',
  },
  R103: {
    title: 'The disk of the log is full',
    cause: 'The log could not grow. The run stopped before anything was lost: the last commit holds.',
    hint: "Free some space and run again; it resumes. Old segments go by the topic's retention.",
  },
  R104: {
    title: 'The log is not reachable',
    cause: 'The thread or the service that keeps the log has ended.',
    hint: 'Run again; it resumes at the last commit.',
  },
  R105: {
    title: 'Rows that are gone',
    cause: 'The position to read from is older than what the topic still keeps.',
    hint: 'Raise the retention of the topic, or begin at its start by a new version of the flow (`vN`).',
  },
  R106: {
    title: 'A damaged log',
    cause:
      'A checksum does not match: bytes of a segment were changed after they were written. Nothing beyond the damage is read.',
    hint: 'Restore the folder from a backup. The damage is not a crash: an unfinished write at the end is mended by itself.',
  },
  R107: {
    title: 'The log is in use',
    cause: 'Another process holds the lock of this folder. Two writers would destroy it.',
    hint: 'Wait for that process or end it; the message names it. Or use another folder: `--log DIR`.',
  },
  R108: {
    title: 'Another number of partitions',
    cause: 'The topic exists with another number of partitions than the flow asks for.',
    hint: 'Use the number it has, or another topic. Keys would change their place otherwise.',
  },
  R109: {
    title: 'State of another plan',
    cause: 'The state kept by an earlier run was written by a flow with other stages.',
    hint: 'Raise the version in the flow line (`flow NAME v2`): it then begins anew, beside the old state.',
  },
  R110: {
    title: 'A frame that is too large',
    cause: 'One frame of rows is larger than the log takes.',
    hint: 'Make the batches smaller (`--batch-rows`), or leave long texts out by `drop`.',
  },
  R111: {
    title: 'No such topic',
    cause: 'The topic has never been written.',
    hint: '`weir topics list` shows what there is.',
  },
  R112: {
    title: 'The log is closed',
    cause: 'Something was written after the run had ended.',
    hint: 'Run again; it resumes at the last commit.',
  },
  R113: {
    title: 'A topic of unknown rows',
    cause: 'The topic does not say what its rows are: no sink of a flow has made it.',
    hint: 'Read a topic that a flow writes; `weir topics list` shows them.',
  },
  R114: {
    title: 'A topic with other rows',
    cause:
      'The topic lacks a field the flow declares, or has it with another type, or with nulls where none are declared.',
    hint: 'Declare the fields as the topic has them: `weir topics list --json`.',
  },
  R115: {
    title: 'A name no topic can have',
    cause:
      'The name given for a topic is empty, too long, has characters a log does not take, or begins with `weir.`, which is the engine’s own.',
    hint: 'Give a name of letters, digits, `.`, `_` and `-`, at most 249 of them.',
  },
  R120: {
    title: 'Damaged state',
    cause: 'A block of saved state is damaged: its bytes were changed after they were written.',
    hint: 'Restore the log folder from a backup, or raise the version in the flow line to begin anew.',
  },
  R121: {
    title: 'State of another shape',
    cause: 'The state saved under this name was kept by a stage with other keys or values.',
    hint: 'Raise the version in the flow line (`flow NAME v2`), or give the stage another name.',
  },
  R122: {
    title: 'No readable snapshot',
    cause:
      'Snapshots of the state exist, and every one of them is damaged. The task does not begin from nothing instead.',
    hint: 'Restore the folder of snapshots from a backup, or raise the version in the flow line to begin anew.',
  },
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
    cause: 'Standard output was closed by the program after the pipe, such as `head`.',
    hint: 'Nothing, if that was meant.',
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
  R301: {
    title: 'No such model',
    cause: 'The registry, or this version or alias of it, does not exist.',
    hint: '`weir models list` shows what there is; train and publish one first.',
  },
  R302: {
    title: 'A model that was altered',
    cause: 'The bytes of the model do not have the hash they were published with. It is not used.',
    hint: 'Roll back to another version: `weir models rollback NAME`.',
  },
  R303: {
    title: 'Nothing to roll back to',
    cause: 'The alias has held no other version.',
    hint: 'Choose one: `weir models promote NAME VERSION ALIAS`.',
  },
  R304: {
    title: 'Not a registry name',
    cause: 'Registry names are letters, digits, `.`, `_` and `-`.',
    hint: 'Rename it in the flow.',
  },
  R305: {
    title: 'A model that does not fit',
    cause:
      'The model loaded has other features, classes or another transform than the flow was compiled against. It is not used.',
    hint: "Train it again with this flow's features, or score with those it was trained with.",
  },
  R310: {
    title: 'An artifact that is cut short',
    cause: 'A stored result ends too early, most likely since a disk was full.',
    hint: 'Remove the folder named and run again: it is made anew.',
  },
  R320: {
    title: 'A learner that is not at hand',
    cause: 'The model was made by a learner that this program does not have.',
    hint: 'Give its module: `--with ./my-learner.ts`.',
  },
  R330: {
    title: 'Not a report',
    cause: 'Only what `evaluate` gives can be written as a report.',
    hint: 'Write the binding of an `evaluate` stage, as in `card | write report("card.html")`.',
  },
  R340: {
    title: 'A single class',
    cause: 'Training needs rows of at least two classes.',
    hint: 'Check the label and the split.',
  },
  R341: {
    title: 'Nothing to learn from',
    cause: 'There is no training row, or no feature.',
    hint: 'Look at the stages before `train`: a `where` may drop every row.',
  },
  R342: {
    title: 'A label or weight that cannot be used',
    cause: 'A training row has no label, or a weight that is negative or not finite.',
    hint: 'Leave such rows out before `train`.',
  },
  R343: { title: 'An incomplete model', cause: "A part of the model's content is missing.", hint: 'Train it again.' },
  R344: {
    title: 'Too many categories',
    cause: 'A feature given as categories has too many different values.',
    hint: 'Group its values first, or leave it out of `categories`.',
  },
  R345: {
    title: 'Rows a model cannot score',
    cause:
      'The rows have neither the columns that the transform of the model reads nor the features it was trained on.',
    hint: 'Score rows with the fields the model was trained on, or `apply` its transform before.',
  },
  R346: {
    title: 'A value written to the registry',
    cause: 'A registry takes models, and by `publish` only: it must know the tag and what belongs to the model.',
    hint: 'Write `publish registry("name"), tag: challenger`.',
  },
  R401: {
    title: 'A null where none may be',
    cause: 'A row has no value in a field that is not nullable.',
    hint: 'Declare the field with `?`, or repair the rows.',
  },
  R402: {
    title: 'A value of another type',
    cause: 'A value given for a field has another type than the field.',
    hint: 'Give it in the type of the schema.',
  },
  R403: {
    title: 'A type that cannot be held yet',
    cause: 'Columns of this type, tensors, come with a later version.',
    hint: 'Leave the field out of the schema.',
  },
  R404: {
    title: 'A row that is too large',
    cause: 'One row, or the state of one key, is larger than a frame may be.',
    hint: 'Leave long texts out by `drop`.',
  },
  R405: {
    title: 'A damaged frame',
    cause: 'A frame of columns is damaged, or was written with another schema.',
    hint: 'Raise the version in the flow line, if the schema has changed.',
  },
  R406: {
    title: 'Two rows with one key',
    cause: 'The table joined has two rows with the same key.',
    hint: 'Make the key unique first (aggregate by it), or write `match: many`.',
  },
  R407: {
    title: 'Not Arrow data',
    cause: 'The bytes are no Arrow stream or file, or hold a text that is not UTF-8.',
    hint: 'Check what wrote them; make them again.',
  },
  R408: {
    title: 'An Arrow type without a counterpart',
    cause: 'A column has a type of Arrow that no field can have.',
    hint: 'Leave the column out, or write it as another type.',
  },
  R410: {
    title: 'A number beyond the exact ones',
    cause:
      'A sum or a product left the whole numbers kept exactly (±(2^53 − 1)). The row is refused, nothing is rounded.',
    hint: 'Compute in `float`, if that is precise enough.',
  },
  R411: {
    title: 'Another number of fields',
    cause: 'The record has more or fewer fields than the header.',
    hint: 'Often a delimiter inside an unquoted text. The raw record is kept by `on_bad: dlq(…)`.',
  },
  R412: {
    title: 'A stray quote',
    cause: 'A quote stands where none may, or is never closed.',
    hint: 'A quote inside a quoted field is doubled.',
  },
  R413: { title: 'Not UTF-8', cause: 'The bytes of a text are not valid UTF-8.', hint: 'Save the file as UTF-8.' },
  R414: {
    title: "Not of the field's type",
    cause: 'The text or value cannot be read as the type of the field.',
    hint: 'Declare it as `string` and convert, or name its markers of missing values by `nulls:`.',
  },
  R415: {
    title: 'Outside the range',
    cause: 'The number is outside the range of its field, or beyond the whole numbers kept exactly.',
    hint: '`on_range: null` takes such values as missing.',
  },
  R416: {
    title: 'A missing value',
    cause: 'A value is missing in a field that is not nullable.',
    hint: 'Declare the field with `?`, if it may be missing.',
  },
  R417: {
    title: 'Not a value of the enum',
    cause: 'The text is none of the values declared.',
    hint: 'Add it to the enum, or declare the field as `string`.',
  },
  R418: {
    title: 'A record that is too long',
    cause: 'The record is longer than the limit; often a quote was never closed.',
    hint: 'Check the quotes near its beginning.',
  },
  R419: {
    title: 'Not a JSON object',
    cause: 'The line is not one JSON object.',
    hint: 'Each line holds one object: JSON lines, not a JSON array.',
  },
  R420: {
    title: 'Nested too deeply',
    cause: 'The record is nested deeper than the limit.',
    hint: 'Flatten it before it comes here, or send the part that is wanted alone.',
  },
  R421: {
    title: 'A record that cannot be read, under `on_bad: fail`',
    cause: 'The flow asks to stop at the first record that cannot be read. Nothing after the last commit was written.',
    hint: 'Repair the record, or keep such records aside: `on_bad: dlq("…")`.',
  },
  R422: {
    title: 'A row refused by a stage, under `on_bad: fail`',
    cause: 'A stage refused a row, for instance since a number would overflow, and the flow asks to stop.',
    hint: 'Keep such rows aside: `on_bad: dlq("…")`.',
  },
  R423: {
    title: 'Too much cannot be read',
    cause: 'Very many records in a row cannot be read: the source is most likely not what the flow says.',
    hint: 'Check `format:`, `delimiter:` and the schema against the first lines.',
  },
  R430: {
    title: 'A null among the training values',
    cause: 'A column that learning needs whole has nulls.',
    hint: 'Leave such rows out: `where x != null`.',
  },
  R431: {
    title: 'A rule without a label',
    cause: 'A rule of the pipeline learns from the label (`target`), and `fit` was not told which column that is.',
    hint: 'Write `fit prep, label: soon`.',
  },
  R432: {
    title: 'A row without a probability',
    cause: 'The probability to be evaluated is null in a row.',
    hint: 'Keep the rows that have one: `where p != null`.',
  },
  R433: {
    title: 'Nothing to choose by',
    cause: 'There is no validation row.',
    hint: 'Look at the shares of the split, and at the stages before `choose`.',
  },
  R440: {
    title: 'A key that is twice in a joined table',
    cause: 'Two rows of the table on the right of a `join` have the same key, so it cannot be said which one is meant.',
    hint: 'Make the key unique first, by `aggregate`, or write `match: many` for a row per match.',
  },
  R501: {
    title: 'A module that cannot be loaded',
    cause: 'The module given by `--with` failed to load.',
    hint: 'Give the path of a TypeScript or JavaScript module; see docs/extending.md.',
  },
  R502: {
    title: 'A module without a definition',
    cause: 'The module given by `--with` exports no definition.',
    hint: 'Export what `defineOperator`, `defineSource`, `defineSink`, `defineFormat` or `defineLearner` returns.',
  },
  R503: {
    title: 'Not there yet',
    cause: 'This part of the program comes with a later version.',
    hint: 'Leave it out for now.',
  },
  R510: {
    title: 'A worker ended',
    cause: 'A worker thread ended unexpectedly. Its tasks start again at the last commit, on another worker.',
    hint: 'If it happens again and again, run with `--workers 1` and look at the first message.',
  },
  R511: {
    title: 'The run was stopped',
    cause: 'The run was asked to stop.',
    hint: 'Run again; it resumes at the last commit.',
  },
  R512: {
    title: 'A worker out of memory',
    cause: 'A worker needed more memory than it may have.',
    hint: 'Use smaller batches (`--batch-rows`) or more partitions.',
  },
  R520: {
    title: 'A requirement is not met',
    cause:
      "A `require` of the flow is false: the model is not good enough by the flow's own rule. Nothing was published. The exit code is 3.",
    hint: 'Look at the report; or write `else: skip` where that may happen.',
  },
  R530: {
    title: 'An operator fails on too many rows',
    cause: 'So many rows make an operator fail that the operator is at fault, not the rows.',
    hint: 'Look at the operator; the rows seen so far are kept by `on_bad`.',
  },
  R531: {
    title: 'An operator failed on a row',
    cause: 'An operator threw on this very row, found by narrowing the batch.',
    hint: 'The row is kept by `on_bad`; the message names the kind of error.',
  },
  R540: {
    title: 'Other input than the stream began with',
    cause:
      'In the middle of a stream, its list of files, a file it has read to its end, or what it has read of one that it is in has changed: its positions would mean other rows. What it has committed stays.',
    hint: 'Bring back what it read, and it goes on. Or begin anew with `--fresh`: topics keep the rows they have and get all of them once more; a folder of its own (`--log DIR`) has them once.',
  },
  R541: {
    title: 'Nothing left to do',
    cause: 'The flow has run over its whole input in an earlier run.',
    hint: 'Nothing, if that was meant; `--fresh` runs it anew.',
  },
  R542: {
    title: 'A changed flow of the same version',
    cause: 'The flow is not the one whose stream has begun, and its version says it is.',
    hint: 'Raise the version in the flow line to go on with what the stream holds, or begin anew with `--fresh`.',
  },
  R550: { title: 'No such binding', cause: 'What is asked for is not in the flow.', hint: 'Check the name.' },
  R551: {
    title: 'A run without a registry',
    cause: 'A run in memory, as of a test, cannot publish a model.',
    hint: 'Use `weir run`.',
  },
} as const satisfies Record<string, OperationalEntry>;

export type OperationalCode = keyof typeof OPERATIONAL;
