import type { PortRef } from './plan.ts';

/** A port as one string, for maps. Node ids hold no colon. */
export function portKey(ref: PortRef): string {
  return `${ref.node}:${ref.port}`;
}
