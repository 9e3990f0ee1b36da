import type { OperationalEntry } from './entry.ts';

/** R1xx: the log, its topics and the state kept in it. */
export const LOG = {
  R101: {
    title: 'Fenced by a newer process',
    cause:
      'Another process has taken over this task with a higher epoch. What this one wrote since its last commit is not visible to anybody, so nothing is doubled.',
    hint: 'Usually nothing: the newer process goes on. If two are running by mistake, stop one with `weir stop FLOW`. If tasks go to and fro without end, a machine is too slow to be heard within 10 s: look at its load.',
  },
  R102: {
    title: 'A commit with an unknown outcome',
    cause:
      'The answer to the end of a commit was lost, so it may or may not have taken place. The run opens the task anew and reads what the log holds, before it goes on: nothing is lost or doubled either way. It tries that five times, with growing pauses.',
    hint: 'Nothing, if the run goes on. Otherwise see whether the brokers, or the disk of the log, are well, and run again: it resumes at the last commit.',
  },
  R103: {
    title: 'The disk of the log is full',
    cause:
      'The log could not grow: its disk is full, or it has reached the size it may have. The run stopped before anything was lost: the last commit holds.',
    hint: 'Free some space on the disk that holds the log (`.weir`, or the folder of `--log`) and run again; it resumes. Old segments go by themselves once all readers of a topic have passed them, and by its retention. Remove no file of the log by hand.',
  },
  R104: {
    title: 'The log is not reachable',
    cause:
      'No broker has answered in the time the message tells, though they were asked again and again; or they have, with the error it names, as where a partition has no leader; or the thread that keeps a log on disk has ended. The last commit holds.',
    hint: 'Over Kafka: see whether the brokers of `--log` run and this machine reaches them (address, port, firewall, TLS). Run again then; it resumes at the last commit.',
  },
  R105: {
    title: 'Rows that are gone',
    cause:
      'The position to read from is not in the topic any more: it was deleted by retention before this flow had read it, or the topic was made anew. The message tells source, topic and offsets. Going on would pass over rows in silence, so the run ended.',
    hint: 'Raise the retention of the topic (`retention.ms`, `retention.bytes`) above the longest time the flow may stand still. What is gone is gone: begin anew over what is left with `weir run FLOW --fresh`, where `from:` of the source says from which record or time on. That drops state, and what was written before stays written.',
  },
  R106: {
    title: 'A damaged log',
    cause:
      'A checksum does not match: bytes of a segment, or of a record batch of the topic named, were changed after they were written. Nothing beyond the damage is read.',
    hint: 'Restore the folder from a backup; over Kafka, have the replicas of that partition looked at, or begin anew behind the damage with `--fresh` and `from:` at the source. The damage is not a crash: an unfinished write at the end is mended by itself.',
  },
  R107: {
    title: 'The log is in use',
    cause: 'Another process holds the lock of this folder. Two writers would destroy it.',
    hint: 'Wait for that process or end it; the message names it. Or use another folder: `--log DIR`.',
  },
  R108: {
    title: 'Another number of partitions',
    cause:
      'A topic exists with another number of partitions than the flow asks for. With another number keys would change their place, and one person’s rows their order. Nothing was written.',
    hint: 'Say `partitions:` of the sink as the topic has them (`weir topics list`), or write to another topic. For the tasks of the flow itself: `weir stop FLOW --drain`, then `weir run FLOW --partitions N`.',
  },
  R109: {
    title: 'Another plan is running',
    cause:
      'Other processes run this flow with other text, parameters or partitions, or without a part for want of a model, and tasks of two plans cannot share a stream. This one did not begin, and they go on.',
    hint: 'Stop the others by `weir stop FLOW` and start all of them with the same text and parameters; `weir plan FLOW` shows what a changed flow would do with state.',
  },
  R110: {
    title: 'A row that is too large',
    cause:
      'A row, or what a stage keeps for one, is larger than a record of the log may be: 900,000 bytes, or less where the topic’s `max.message.bytes` says so. The message names sink and topic. The run ended at its last commit.',
    hint: 'Leave long texts out before the sink (`drop`, `select`). Where the topic takes less than Kafka’s usual 1,048,588 bytes, have its `max.message.bytes` raised. Then run again.',
  },
  R111: {
    title: 'No such topic',
    cause: 'The topic has never been written, has another name on this log, or was deleted.',
    hint: '`weir topics list --log …` shows what there is. Run the flow that writes it first, or make it with the tools of Kafka; Weir makes only topics that it writes.',
  },
  R112: {
    title: 'The log is closed',
    cause: 'Something was written after the run had ended, mostly since it ends for another reason, told before.',
    hint: 'Look at the error before this one. Run again; it resumes at the last commit.',
  },
  R113: {
    title: 'A topic of unknown rows',
    cause: 'The topic does not say what its rows are: no sink of a flow has made it.',
    hint: 'Read a topic that a flow writes; `weir topics list` shows them.',
  },
  R114: {
    title: 'A topic with other rows',
    cause:
      'The topic lacks a field the flow declares, or has it with another type, with nulls, values of an enum or a range that are not declared, in another unit, or marked `@phi` where the flow does not say so.',
    hint: 'Declare the fields as the topic has them: `weir topics list --json` shows their types.',
  },
  R115: {
    title: 'A name no topic can have',
    cause:
      'The name given for a topic is empty, too long, has characters a log does not take, or begins with `weir.`, which is the engine’s own.',
    hint: 'Give a name of letters, digits, `.`, `_` and `-`, at most 249 of them.',
  },
  R116: {
    title: 'A topic that holds other rows',
    cause:
      'The topic holds rows with other fields, in another order, of other types, or with fewer values, as without nulls, of an enum, or in a range, than the flow writes. Mixed, neither could be read. Nothing was written.',
    hint: 'Write to a topic of its own, as in `topic("alerts.v2")`; `weir topics list --json` shows what a topic holds.',
  },
  R117: {
    title: 'Not the address of a Kafka cluster',
    cause:
      'What begins with `kafka://` names brokers, and a prefix of all names perhaps; the text given does not, or names brokers in another way: a folder of such a name is never meant.',
    hint: 'As in `--log kafka://host:9092,other:9092`, or `kafka://host:9092/test` where the names on the cluster are to begin with `test.`.',
  },
  R119: {
    title: 'The cluster refuses',
    cause:
      'The brokers do not know the user or its password, do not let it do this, or are not who their certificate says.',
    hint: 'Name the user in the address (`kafka://host:9093?sasl=scram-sha-512&user=weir`) and its password in `WEIR_KAFKA_PASSWORD`; `tls=true&ca=FILE` names whom to trust. It needs to read, write, create and describe the topics, the group and the transactional ids that begin with `weir.`, and the topics of the flow.',
  },
  R120: {
    title: 'Damaged state',
    cause:
      'A block of saved state is damaged: its bytes were changed after they were written. The task does not go on with half of its state.',
    hint: 'Restore the log folder (or the folder of snapshots) from a backup, or begin anew with `--fresh`: topics keep the rows they have.',
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
    hint: 'Name the folder of snapshots it was run with (`--snapshots`), restore that folder from a backup, or begin anew with `--fresh`.',
  },
  R123: {
    title: 'The brokers are too old',
    cause: 'The brokers do not know a request that commits rest on, as it is asked here. Nothing was written.',
    hint: 'Use brokers of Kafka 4.0 or newer: the message names the one that is not. While a cluster is being upgraded, wait until all its brokers are.',
  },
  R124: {
    title: 'Snapshots that are elsewhere',
    cause:
      'The state of a task lies in snapshots, its changelog has been purged up to them, and this process was not told where they are. The task does not begin from what is left.',
    hint: 'Name the folder it was run with, on every machine of the run: `--snapshots DIR`, or `WEIR_SNAPSHOTS`.',
  },
  R125: {
    title: 'Not heard by the process that has the log',
    cause:
      'A process has the log, and does not take up what it was asked: it runs another flow, or is of an older version.',
    hint: 'Wait until it is in its stream, or end it by Ctrl-C or SIGTERM: it stops at a commit.',
  },
  R126: {
    title: 'Processes that do not answer',
    cause:
      'A process is in the group of the flow, so that it may have tasks, and has not answered within five seconds that it is leaving: it was killed a moment ago, stands still, or cannot reach the brokers. Or it said that it was leaving, and then nothing for fifteen seconds.',
    hint: 'Ask again after its session timeout (ten seconds): one that was killed is forgotten by then. One that stands still stops as soon as it goes on, and can do no harm: end it by its process id.',
  },
  R128: {
    title: 'The log does not answer for a while',
    cause:
      'No broker has answered for some seconds, or they answer with the error named. They are asked again, with growing pauses, until the time told is over; nothing is lost meanwhile.',
    hint: 'See whether the brokers run and can be reached. The run goes on by itself once they answer, and says so.',
  },
  R130: {
    title: 'No such stream',
    cause: 'No flow of this name has run as a stream over the log: nothing of it is kept there.',
    hint: 'Give the name in its `flow` line, and the log it runs over (`--log`).',
  },
  R131: {
    title: 'No such state',
    cause: 'No stage of this name keeps anything between rows, or none has seen a row yet.',
    hint: '`weir state list FLOW` shows what is kept.',
  },
  R132: {
    title: 'State of persons',
    cause: 'The state has columns that are `@phi`. They are written to a file only where that is asked for by name.',
    hint: 'Add `--phi`, and guard the file as you guard the log.',
  },
  R133: {
    title: 'Too many keys in one task',
    cause:
      'A stage keeps a row of state for each of its keys, and in one partition they have reached what a task may hold: 16,777,216 keys, a GiB of texts, or what memory has room for. The run ended at its last commit, before memory did.',
    hint: 'Spread the state over more partitions: `weir stop FLOW --drain`, then `weir run FLOW --partitions N`. Or bound it by `ttl:`, or group by fewer values.',
  },
  R140: {
    title: 'A topic of another kind',
    cause:
      'A topic holds either the rows of a flow, in columns, or records in a format that other programs read and write. The flow takes one for the other.',
    hint: 'With `format:` a topic holds records, without it the rows of a flow: write it at both ends, or at neither.',
  },
  R141: {
    title: 'Offsets that do not fit the topic',
    cause: 'A source names offsets to begin at, and not as many as its topic has partitions.',
    hint: 'Give one for each partition, in their order: `from: [1200, 900]`; or one for all: `from: 1200`.',
  },
  R142: {
    title: 'Records the brokers refuse',
    cause:
      'The brokers have refused for good what a sink writes: a time further from now than the topic takes, no key where the topic is compacted, a compression or a size it does not take, a rule of the cluster. The message has Kafka’s name for it. Nothing of that commit is visible; the run ended at the one before.',
    hint: 'The message says which sink and topic. Have the rows fit by a stage before the sink, or have the settings of the topic changed, and run again: it resumes at the last commit.',
  },
  R143: {
    title: 'A commit the brokers did not take',
    cause:
      'Brokers could not take a commit just now: too few replicas, another leader, no answer. Nothing of it is visible. It is made again, up to five times with growing pauses; then the run ends, at the commit before.',
    hint: 'See whether all brokers run, and whether the topic named has its replicas (`min.insync.replicas`). Run again: it resumes at the last commit.',
  },
  R144: {
    title: 'A topic that forgets what has to be kept',
    cause:
      'A topic of the engine’s own (a changelog, a manifest, an exchange) was there before it was made, or was changed since, and is compacted or has a retention. State and positions would go from it in silence: rows would be counted twice, or never. Nothing was read or written.',
    hint: 'Set `cleanup.policy=delete`, `retention.ms=-1` and `retention.bytes=-1` for the topic named, or delete it and let Weir make it. Where it was compacted already, begin anew with `--fresh`.',
  },
  R150: {
    title: 'The registry’s client is not installed',
    cause:
      'The formats `avro`, `json_schema` and `protobuf` ask a schema registry by a package that is not installed with Weir, because it is large.',
    hint: 'Install it beside Weir: `npm install @confluentinc/schemaregistry@1.10.1`.',
  },
  R151: {
    title: 'No schema registry',
    cause:
      'Records of this format have their schemas in a registry, and neither the flow nor the environment says where it is, or what they say is no address.',
    hint: 'Write `registry: "http://…"` beside `format:`, or set `WEIR_SCHEMA_REGISTRY`.',
  },
  R152: {
    title: 'The schema registry does not answer',
    cause:
      'A schema that is needed could not be had in the time of `registry_wait:`: nobody answered, or what did is no registry (a proxy, another path). Schemas met before are kept: only a new one is asked for. What was committed stays.',
    hint: 'See whether the registry runs and can be reached at the address given, its path included, and run again: the flow goes on where it was.',
  },
  R153: {
    title: 'The schema registry does not answer for a while',
    cause:
      'A schema that is needed is asked for again, with growing pauses, until the time of `registry_wait:` is over. Rows before it go on.',
    hint: 'See whether the registry runs and can be reached. The run goes on by itself once it answers.',
  },
  R154: {
    title: 'A schema the registry does not take',
    cause:
      'What the flow writes is not compatible with the schemas its subject has, by the compatibility that is set there. Nothing was written.',
    hint: 'Change the fields as that allows (often: new ones must be nullable), or write to another topic.',
  },
  // R155 is gone: rows of a schema that cannot be understood are bad (R426).
  R156: {
    title: 'The schema registry refuses',
    cause: 'The registry does not know who asks, or does not let them; or the name or password is not to be had.',
    hint: 'Write `user: env("…"), password: env("…")` beside `format:`, and set those variables.',
  },
  R157: {
    title: 'A schema that is not registered',
    cause: 'With `register: never` the schema of what is written has to be in the registry, and it is not.',
    hint: 'Register it, as the message tells it, or leave out `register: never`.',
  },
} as const satisfies Record<string, OperationalEntry>;
