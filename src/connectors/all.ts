import type { FormatDefinition, SinkDefinition, SourceDefinition } from '../engine/contract/connector.ts';
import { fileSink } from './file/file-sink.ts';
import { fileSource } from './file/file-source.ts';
import { formatsByName } from './formats/formats-by-name.ts';
import { generateSource } from './generate/generate-source.ts';
import { registrySink } from './registry/registry-sink.ts';
import { reportSink } from './report/report-sink.ts';
import { stdinSource } from './stdin/stdin-source.ts';
import { stdoutSink } from './stdout/stdout-sink.ts';
import { topicSink, topicSource } from './topic/topic.ts';

/** The sources that come with Weir, by name. */
export function builtinSources(): ReadonlyMap<string, SourceDefinition> {
  return new Map([fileSource, generateSource, stdinSource, topicSource].map(source => [source.name, source]));
}

/** The sinks that come with Weir, by name. */
export function builtinSinks(): ReadonlyMap<string, SinkDefinition> {
  return new Map([fileSink, registrySink, reportSink, stdoutSink, topicSink].map(sink => [sink.name, sink]));
}

/** The formats that come with Weir, by name. */
export function builtinFormats(): ReadonlyMap<string, FormatDefinition> {
  return formatsByName();
}
