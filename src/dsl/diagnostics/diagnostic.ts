import { assert } from '../../engine/base/assert.ts';
import type { Span } from '../../engine/base/span.ts';
import type { Diagnostic } from '../../engine/contract/diagnostic.ts';
import { CATALOGUE, type DiagnosticCode } from './catalogue.ts';
import type { CatalogueEntry, DetailsOf } from './entry.ts';

type Details = Readonly<Record<string, string>>;
/** For a code known when compiled, its own slots; for any code, what it may be. */
type DetailsFor<C extends DiagnosticCode> = [DiagnosticCode] extends [C] ? Details : DetailsOf<(typeof CATALOGUE)[C]>;

/** Fills `{slots}`. A slot without a detail stays as it is, so that a slip of ours is seen and nothing throws. */
function fill(template: string, details: Details): string {
  return template.replace(/\{([a-z_]+)\}/g, (slot, name: string) => details[name] ?? slot);
}

/**
 * A diagnostic of the catalogue. `details` fills the slots of its message and hint, and is checked against them by type. A
 * hint that comes out empty, or lacks a detail, is left away.
 */
export function diagnostic<C extends DiagnosticCode>(
  code: C,
  span: Span,
  details: DetailsFor<C>,
  related: Diagnostic['related'] = [],
): Diagnostic {
  return reported(code, span, details as Details, related);
}

/** The same for a code known only at run time: what an operator's `check` reports. An unknown code is a bug of ours. */
export function reported(code: string, span: Span, details: Details, related: Diagnostic['related'] = []): Diagnostic {
  assert(Object.hasOwn(CATALOGUE, code), `no diagnostic ${code} in the catalogue`);
  const entry: CatalogueEntry = CATALOGUE[code as DiagnosticCode];
  const all: Details = { ...entry.defaults, ...details };
  const hint = entry.hint === null ? '' : fill(entry.hint, all).replace(/ {2,}/g, ' ').trim();
  const unfilled = (entry.hint?.match(/\{([a-z_]+)\}/g) ?? []).some(slot => !Object.hasOwn(all, slot.slice(1, -1)));
  return {
    code,
    severity: code.startsWith('W') ? 'warning' : 'error',
    span,
    message: fill(entry.message, all),
    hint: hint === '' || unfilled ? null : hint,
    related,
  };
}
