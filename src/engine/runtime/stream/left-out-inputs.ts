import type { StreamManifest } from './stream-manifest.ts';

/** The content of what a stream reads that is no topic: of a source by its id, which its chain has too, of a table by its port. */
export type Inputs = Pick<StreamManifest, 'splits' | 'tables'>;

/** What is read now, with what chains that are left out have begun to read: they go on with it when they come back. */
export function withLeftOutInputs(before: StreamManifest, now: Inputs, isLeftOut: (chain: string) => boolean): Inputs {
  const chains = before.work?.chains ?? [];
  const ports = new Set(chains.flatMap(({ id, input }) => (input.kind === 'table' && isLeftOut(id) ? [input.of] : [])));
  return withAlso(now, {
    splits: only(before.splits, isLeftOut),
    tables: only(before.tables, port => ports.has(port)),
  });
}

/** With those of `also` that it does not have. */
export function withAlso(inputs: Inputs, also: Inputs): Inputs {
  return { splits: { ...also.splits, ...inputs.splits }, tables: { ...also.tables, ...inputs.tables } };
}

function only<T>(from: Readonly<Record<string, T>>, which: (name: string) => boolean): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => which(name)));
}
