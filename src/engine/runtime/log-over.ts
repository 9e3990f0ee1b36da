import type { Log, LogReader } from '../contract/log.ts';

/** `own`, with the rows of another log's topics to read: for a run that writes nothing where it reads. */
export async function logOver(own: Log, there: LogReader): Promise<Log> {
  const read = (await there.topics()).filter(topic => topic.internal !== true);
  const names = new Set(read.map(topic => topic.name));
  // A topic that is read may be written too, as one of dead letters: what is written stays in `own`, and is not seen.
  await own.ensureTopics(read.map(({ name, partitions }) => ({ name, partitions })));
  const of = (topic: string): LogReader => (names.has(topic) ? there : own);
  return {
    ...boundLog(own),
    // They are only read: where rows are looked at nothing is written.
    ...(there.records && { records: there.records }),
    topics: async () => [
      ...(await there.topics()).filter(topic => names.has(topic.name)),
      ...(await own.topics()).filter(topic => !names.has(topic.name)),
    ],
    describe: topic => of(topic).describe(topic),
    read: (at, max) => of(at.topic).read(at, max),
  };
}

/** A log's methods are its class's, which a spread leaves out. */
export function boundLog(log: Log): Log {
  return {
    ensureTopics: specs => log.ensureTopics(specs),
    topics: () => log.topics(),
    describe: topic => log.describe(topic),
    join: (group, onAssign) => log.join(group, onAssign),
    ...(log.members === undefined ? {} : { members: flow => log.members?.(flow) ?? Promise.resolve([]) }),
    open: task => log.open(task),
    last: task => log.last(task),
    changelog: (task, from) => log.changelog(task, from),
    read: (at, max) => log.read(at, max),
    append: (to, frames) => log.append(to, frames),
    purge: (to, before) => log.purge(to, before),
    deleteTopics: names => log.deleteTopics(names),
    close: () => log.close(),
  };
}
