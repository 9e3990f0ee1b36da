const REGISTERED = 'Write `schema NAME from registry("subject", version: 1)`.';

/** What people mean who write what other languages have, by the text before the place and the text from it on. */
const FORMS: readonly (readonly [before: RegExp, from: RegExp, hint: string])[] = [
  [/\bin\s*\([^()]*$/, /^,/, 'A list stands in square brackets: `in ["a", "b"]`.'],
  [/[{,\n]\s*\w+$/, /^\.\s*\w/, 'What is taken out of something is given a name: `version = risk.version`.'],
  [/\bschema\s+\w+\s*$/, /^=\s*registry/, REGISTERED],
  [/\bschema\s+\w+\s+from(\s+registry)?\s*$/, /^/, REGISTERED],
];

/** A hint for a place where the text stops following the grammar; empty where nothing is known of it. */
export function meantHere(text: string, offset: number): string {
  if (Number.isNaN(offset)) return '';
  const before = text.slice(Math.max(0, offset - 200), offset);
  const from = text.slice(offset, offset + 20);
  return FORMS.find(([left, right]) => left.test(before) && right.test(from))?.[2] ?? '';
}
