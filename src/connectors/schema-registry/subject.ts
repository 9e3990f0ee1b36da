import type { RegistryOptions } from './registry-options.ts';

/** Where a registry keeps the schema of a topic's values, by Confluent's strategies. */
export function subjectOf(strategy: RegistryOptions['subject'], topic: string, record: string): string {
  if (strategy === 'record') return record;
  return strategy === 'topic_record' ? `${topic}-${record}` : `${topic}-value`;
}

/** `ehr.lab-alerts` gives `ehr.LabAlerts`: a name that Avro and Protobuf take. */
export function recordName(topic: string, given: string | undefined): string {
  if (given !== undefined) return given;
  const parts = topic
    .split('.')
    .map(part => part.replace(/[^A-Za-z0-9_]+(.)?/g, (_, next: string) => (next ?? '').toUpperCase()));
  const names = parts.filter(part => part !== '').map(part => (/^\d/.test(part) ? `_${part}` : part));
  const last = names.pop() ?? 'Record';
  return [...names, last[0].toUpperCase() + last.slice(1)].join('.');
}
