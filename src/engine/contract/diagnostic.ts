import type { Span } from '../base/span.ts';

/** The flow is wrong: a stable code of the catalogue, a place, a sentence and a hint that mends it. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly span: Span;
  /** What is wrong, from the catalogue's template and the details. */
  readonly message: string;
  readonly hint: string | null;
  /** Other places that matter: where a name was first declared. */
  readonly related: readonly { readonly span: Span; readonly message: string }[];
}
