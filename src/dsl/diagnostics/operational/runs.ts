import type { OperationalEntry } from './entry.ts';

/** R5xx: runs, workers and what they are given. */
export const RUNS = {
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
  R504: {
    title: 'A definition that lacks something',
    cause:
      'What the module given by `--with` exports has a field missing, or of another kind than its definition needs.',
    hint: 'Put right the field that is named; `docs/extending.md` shows what a definition holds.',
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
  R543: {
    title: 'Begun anew, over topics that hold rows',
    cause:
      'The flow had run over its whole input. Now its input, the flow or a parameter is another one, so all of the input is read anew and added to the topics, which keep the rows they have: what is in the old input and in the new one is in them twice.',
    hint: 'Nothing, if the input has nothing in common with the old one. Otherwise run into a folder of its own (`--log DIR`), which has each row once; or give the flow the new rows alone.',
  },
  R544: {
    title: 'Another number of partitions in mid-course',
    cause:
      'The stream has another number of partitions than is asked for. Its state and what is between its tasks are laid out by that number, so it can change only when nothing is between them: after a drain. Or the flow itself has changed at the same time, or has gone on since it was drained. Or a part of it is left out for want of a model: what that part keeps is laid out by the number, too, and nothing takes its rows.',
    hint: 'Leave `--partitions` out to go on as it is. Or drain the flow by `weir stop FLOW --drain`, and run it with the new number; where a part is left out, publish its model and run the flow before that.',
  },
  R545: {
    title: 'Begun by another process in another way',
    cause:
      'Another process has begun the flow anew, with a changed plan or another number of partitions, or is about to and has stopped all tasks for it. The tasks of this one are of the past, and it has ended; what it had committed counts.',
    hint: 'Run the same flow, with the same parameters and partitions, to take part; or leave it to that process.',
  },
  R546: {
    title: 'State that cannot be laid over other partitions',
    cause:
      'A stage keeps state by something else than the key that places its rows, as a count of all rows of a task. Over other partitions it would be torn from its rows. The stream is as it was.',
    hint: 'Go on with the number of partitions it has, or begin anew with `--fresh`.',
  },
  R547: {
    title: 'Nothing to drain',
    cause: 'The flow has no stream, its stream has not begun in this log, or the text is not the one that began it.',
    hint: 'Name the log it ran with (`--log`), and its text and parameters as they were.',
  },
  R548: {
    title: 'A drain that did not come to its end',
    cause:
      'While the flow was drained another process began to run it, and reads on. Nothing is lost; it is not drained.',
    hint: 'Stop that process, or drain again: `weir stop FLOW --drain` asks all that run.',
  },
  R549: {
    title: 'Laid over other partitions',
    cause:
      'The stream had been drained, and was asked for with another number of partitions. Each task has its part of the state now.',
    hint: 'Nothing: it goes on from there.',
  },
  R550: { title: 'No such binding', cause: 'What is asked for is not in the flow.', hint: 'Check the name.' },
  R551: {
    title: 'A run without a registry',
    cause: 'A run in memory, as of a test, cannot publish a model.',
    hint: 'Use `weir run`.',
  },
  R552: {
    title: 'A library, which cannot run',
    cause:
      'The file has no `flow` line: it is there to be imported, and nothing in it says what is to happen. The exit code is 1.',
    hint: 'Run a flow that imports it, or begin the file with `flow NAME v1`.',
  },
  R560: {
    title: 'A change that drops state',
    cause:
      'The flow has changed in mid-stream in such a way that what a stage has gathered, or the place up to which a source was read, would be lost. Nothing was changed yet.',
    hint: '`weir plan FLOW` shows what becomes of everything. Change the flow otherwise, or let go of what is named by `--allow-drop NAME`.',
  },
  R561: {
    title: 'A change around rows on their way',
    cause:
      'Rows lie in an exchange, between two stages of the old version, and the changed flow has other rows there, places them otherwise, or has no such exchange. Nothing was changed yet.',
    hint: 'Let the flow take them as it was: `weir stop FLOW --drain` with the file of its old text, whether it runs or not. Then run the changed flow.',
  },
  R562: {
    title: 'A stream of which nothing can be told',
    cause:
      'The flow has changed in mid-stream, and its stream was begun by a version of Weir that did not write down what stages keep. So nobody can tell what the change would lose.',
    hint: 'Run the flow as it was to its end, or begin anew with `--fresh`.',
  },
  R563: {
    title: 'Waits while another process changes the stream',
    cause:
      'Another process is bringing the stream to a changed plan, or to another number of partitions, and none of its tasks runs meanwhile. Where that process dies, this one goes on in its place after ten seconds without a sign of it.',
    hint: 'Nothing: it goes on by itself.',
  },
  R564: {
    title: 'A change around what is over',
    cause:
      'A part of the stream has ended for good: a `limit` that was full, what nobody needed behind it, or a source that was read to its end; or files that an earlier version read are read again after one that did not. The changed flow would need rows of it again: the `limit` is another, or something new reads there. Nothing would ever come, or the new stage would wait for an end that was told before it was there; and which files a position was in is not kept. Nothing was changed yet.',
    hint: 'Give the `let`, source or sink another name: under it, it begins with the rows after the change, a source at its start. What is left behind by it may need `--allow-drop`. Or begin anew with `--fresh`.',
  },
  R565: {
    title: 'Waits for those that run the stream as it was',
    cause:
      'The flow is to run with a changed plan, or another number of partitions, and processes are still known that run it as it was. One that was killed stays known until its session is over, 10 s; frozen ones, too. Where others go on running, this one ends with R109, and they do not notice.',
    hint: 'Nothing, where they were killed. Where they run: stop them first, by `weir stop FLOW`.',
  },
  R570: {
    title: 'Nothing to simulate',
    cause:
      '`weir simulate` lets a stream fail, and the flow has none: no sink of it writes a topic. A part that ends by itself is made whole or not at all.',
    hint: 'Simulate a flow with a sink that writes `topic("…")`.',
  },
  R571: {
    title: 'A flow that fails by itself',
    cause:
      'Before anything is made to fail, the flow is run over generated rows with nothing wrong, and did not come to its end.',
    hint: 'The message says why. Rows are generated after the schemas of the sources: ranges and enums there keep out what the flow cannot take.',
  },
  R572: {
    title: 'A simulation without a model',
    cause:
      'The stream needs something that is made before it, and that was left out: a model that the registry does not have.',
    hint: 'Publish the model, or name the folder of its registry with `--log DIR`.',
  },
  R573: {
    title: 'A simulation that would ask a registry',
    cause:
      'A sink writes a format whose schemas lie in a schema registry. In a simulation nothing outside of it is asked or written.',
    hint: 'Simulate the flow with `format: json`, or with a topic of rows.',
  },
} as const satisfies Record<string, OperationalEntry>;
