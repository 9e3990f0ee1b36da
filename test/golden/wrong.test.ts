import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderDiagnostic } from '../../src/dsl/diagnostics/render.ts';
import { wrongDiagnostics } from './wrong-flow.ts';

/**
 * Wrong flows with what is said about them: `NAME.flow` beside `NAME.expected.txt`, the rendered diagnostics. To add one, write
 * the flow, run `UPDATE_GOLDEN=1 vitest run test/golden/wrong.test.ts`, and read the text as if it were night and you were
 * on call. A flow may begin with `// codes: E111 E201`, the codes it must give in order: checked even when updating. Libraries
 * to import lie in `wrong/lib/`.
 */
const FOLDER = new URL('./wrong/', import.meta.url);
const update = process.env['UPDATE_GOLDEN'] === '1';

const names = readdirSync(FOLDER)
  .filter(name => name.endsWith('.flow'))
  .sort();

describe('wrong flows', () => {
  for (const name of names) {
    test(name, async () => {
      const { diagnostics, sources } = await wrongDiagnostics(FOLDER, name);
      const text = diagnostics.map(item => `${renderDiagnostic(item, sources, { color: false })}\n`).join('\n');
      expect(diagnostics, 'a wrong flow gives at least one diagnostic').not.toEqual([]);
      const wanted = /^\/\/ codes: (.*)$/m.exec(readFileSync(new URL(name, FOLDER), 'utf8'))?.[1];
      if (wanted !== undefined) expect(diagnostics.map(item => item.code).join(' ')).toBe(wanted.trim());
      const golden = new URL(name.replace(/\.flow$/, '.expected.txt'), FOLDER);
      if (update) writeFileSync(golden, text);
      expect(existsSync(golden), `${golden.pathname} is missing: run with UPDATE_GOLDEN=1`).toBe(true);
      expect(text).toBe(readFileSync(golden, 'utf8'));
    });
  }
});
