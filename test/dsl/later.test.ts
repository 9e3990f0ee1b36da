import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { builtinCatalog } from '../../src/cli/catalog.ts';
import { LATER } from '../../src/dsl/later.ts';
import { MODEL_OPTIONS } from '../../src/dsl/models.ts';
import { KEY_OPTION, OWN_OPTIONS } from '../../src/dsl/source-options.ts';
import { compileText } from '../support/compile-stage.ts';

const catalog = builtinCatalog();
const HEAD = `flow later v1
schema Row { id: int @id, ward: string, n: float }
source rows = file("rows.csv") { schema: Row, on_bad: fail }
table wards = file("wards.csv") { schema: Row, on_bad: fail }
`;
const words = (of: Readonly<Record<string, unknown>>) => Object.keys(of);

/** What may be said of them once more is not told: each later word in a place of its own. */
const USES: readonly (readonly [word: string, statement: string])[] = [
  ...words(LATER.STAGES).map(word => [word, `let out = rows | ${word} by: ward`] as const),
  ...words(LATER.FUNCTIONS).map(word => [word, `let out = rows | aggregate by: ward { x = ${word}(n) }`] as const),
  ...words(LATER.FUNCTIONS).map(word => [word, `let out = rows | derive { x = ${word}(n) }`] as const),
  ...words(LATER.CONNECTORS).map(word => [word, `sink out = rows | write ${word}("x")`] as const),
  ...words(LATER.CONNECTORS).map(
    word => [word, `source out = ${word}("x") { schema: Row, format: csv, on_bad: fail }`] as const,
  ),
  ...words(LATER.FORMATS).map(
    word => [word, `source out = file("x.csv") { schema: Row, format: ${word}, on_bad: fail }`] as const,
  ),
  ...words(LATER.FORMATS).map(word => [word, `sink out = rows | write file("x"), format: ${word}`] as const),
  ...words(LATER.LEARNERS).map(word => [word, `let out = rows | train ${word}, label: ward`] as const),
  ...words(LATER.OPTIONS['source']!).map(
    word => [word, `source out = file("x.csv") { schema: Row, on_bad: fail, ${word}: id }`] as const,
  ),
  ...words(LATER.OPTIONS['source']!).map(
    word => [word, `table out = file("x.csv") { schema: Row, on_bad: fail, ${word}: id }`] as const,
  ),
  ...words(LATER.OPTIONS['model']!).map(
    word =>
      [
        word,
        `model m = registry("m") { predicts: bool, ${word}: x }\nlet out = rows | score m { p = probability(true) }`,
      ] as const,
  ),
  ...words(LATER.OPTIONS['join']!).map(word => [word, `let out = rows | join wards, on: id, ${word}: id`] as const),
  ['order', 'let out = rows | split a: 0.5, b: 0.5, group: none, seed: 1, order: id'],
  ['every', 'let out = rows | derive { yes = n > 1 } | evaluate n, label: yes, metrics: [auroc], every: 1h'],
  ['min_group', 'let out = rows | derive { yes = n > 1 } | evaluate n, label: yes, metrics: [auroc], min_group: 20'],
  ['late', 'let out = rows.late | limit 3'],
  ['advance', 'let out = rows | limit 3\ntest "time" { advance 1h }'],
  ['schedule', 'let out = rows | limit 3\nschedule nightly = cron("0 3 * * *")'],
];

describe('what comes later', () => {
  test.each(USES)('%s is one diagnostic: %s', (word, statement) => {
    const only = statement.startsWith('sink') ? null : 'out';
    const text = HEAD + statement;
    const { diagnostics } = compileText(`${text}\n`, [], only);
    const errors = diagnostics.filter(one => one.severity === 'error');
    expect(errors.map(one => `${one.code} ${one.message}`)).toEqual([expect.stringMatching(/^E190 /)]);
    expect(errors[0]?.message).toMatch(new RegExp(`\\b${word}\\b|event time`));
  });

  test('is in no catalogue yet', () => {
    const there = (of: Readonly<Record<string, unknown>>, ...maps: readonly ReadonlyMap<string, unknown>[]) =>
      words(of).filter(word => maps.some(map => map.has(word)));
    expect(there(LATER.STAGES, catalog.operators)).toEqual([]);
    expect(there(LATER.FUNCTIONS, catalog.functions, catalog.aggregates)).toEqual([]);
    expect(there(LATER.CONNECTORS, catalog.sources, catalog.sinks)).toEqual([]);
    expect(there(LATER.FORMATS, catalog.formats)).toEqual([]);
    expect(there(LATER.LEARNERS, catalog.learners)).toEqual([]);
    const definitions = [...catalog.sources.values(), ...catalog.formats.values()];
    const options: Readonly<Record<string, readonly object[]>> = {
      source: [OWN_OPTIONS, { key: KEY_OPTION }, ...definitions.map(each => each.options)],
      model: [MODEL_OPTIONS],
    };
    for (const [owner, later] of Object.entries(LATER.OPTIONS)) {
      const have = options[owner] ?? [catalog.operators.get(owner)?.params ?? {}];
      expect(options[owner] !== undefined || catalog.operators.has(owner), owner).toBe(true);
      expect(words(later).filter(word => have.some(each => Object.hasOwn(each, word)))).toEqual([]);
    }
  });

  test('is what the documentation says', () => {
    const text = readFileSync(new URL('../../docs/language.md', import.meta.url), 'utf8');
    const section = text.slice(text.indexOf('## Not available yet'));
    const said = [...section.matchAll(/`\.?([a-z0-9_]+)(?::|\(…?\))?`/g)].map(match => match[1] ?? '');
    const known = [
      ...Object.values(LATER.OPTIONS).flatMap(words),
      ...[LATER.STAGES, LATER.FUNCTIONS, LATER.CONNECTORS, LATER.FORMATS, LATER.LEARNERS, LATER.PARTS].flatMap(words),
    ];
    expect(known.filter(word => !said.includes(word))).toEqual([]);
    // Words that have a place in the language already, and what comes to them is told.
    const present = ['join', 'split', 'evaluate', 'table', 'advance', 'schedule'];
    expect(said.filter(word => !known.includes(word) && !present.includes(word))).toEqual([]);
  });
});
