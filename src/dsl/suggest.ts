import { nearest } from './diagnostics/nearest.ts';

/** `Did you mean …?`, or the fallback where nothing is near. */
export function didYouMean(name: string, names: readonly string[], otherwise: string): string {
  const near = nearest(name, names);
  return near === null ? otherwise : `Did you mean \`${near}\`?`;
}

/** Names for a hint, in the order given. */
export function listed(names: readonly string[], most = 12): string {
  const shown = names.slice(0, most).map(name => `\`${name}\``);
  return names.length > most ? `${shown.join(', ')}, … (${names.length} in all)` : shown.join(', ');
}
