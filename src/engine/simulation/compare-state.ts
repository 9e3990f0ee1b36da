import { rowsOfBatch } from '../columnar/rows.ts';
import type { KeyedTable } from '../state/keyed-table.ts';
import type { TaskState } from '../state/state-store.ts';

/** Where the state a task kept in memory is not what its log holds: the name of the first such table, and how; null: nowhere. */
export function stateDifference(kept: TaskState, restored: TaskState): string | null {
  for (const name of [...new Set([...kept.tables.keys(), ...restored.tables.keys()])].sort()) {
    const [is, should] = [contentOf(kept.tables.get(name)), contentOf(restored.tables.get(name))];
    if (is.size !== should.size) return `${name}: ${is.size} keys in memory, ${should.size} in the log`;
    let different = 0;
    for (const [key, slots] of is) if (should.get(key) !== slots) different += 1;
    if (different > 0) return `${name}: ${different} of ${is.size} keys differ`;
  }
  return null;
}

function contentOf(table: KeyedTable | undefined): ReadonlyMap<string, string> {
  const content = new Map<string, string>();
  if (table === undefined || table.size === 0) return content;
  const { size } = table;
  const ids = Int32Array.from({ length: size }, (_, id) => id);
  const fields = table.key.map((field, i) => ({ ...field, name: `k${i}` }));
  const keys = rowsOfBatch({ schema: { fields }, rows: size, columns: table.keyColumns(ids, size) });
  const slots = table.slotSpecs.map(spec => ({ spec, values: table.slot(spec.name) }));
  for (let id = 0; id < size; id++) {
    const held = slots.map(({ spec, values }) => {
      if (spec.kind === 'text') return values[id] < 0 ? null : table.text(values[id]);
      return Object.is(values[id], -0) ? '-0' : String(values[id]);
    });
    content.set(JSON.stringify(keys[id]), JSON.stringify(held));
  }
  return content;
}
