/** A syntax tree without its places: what must stay when a flow is laid out anew. */
export function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (value === null || typeof value !== 'object') return value;
  // The file's own text is not part of its shape; names and literals are.
  const kept = Object.entries(value).filter(([key]) => !PLACES.has(key) && !(key === 'text' && 'statements' in value));
  return Object.fromEntries(kept.map(([key, part]) => [key, shape(part)]));
}
const PLACES: ReadonlySet<string> = new Set(['span', 'pathSpan', 'comments']);
