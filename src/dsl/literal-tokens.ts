import type { IToken } from 'chevrotain';
import type { Diagnostic } from '../engine/contract/diagnostic.ts';
import { datedText } from './dates.ts';
import { diagnostic } from './diagnostics/diagnostic.ts';
import { spanOf } from './lexer.ts';
import type { LiteralNode } from './syntax.ts';
import { meaning } from './token-meaning.ts';
import * as t from './tokens.ts';

const DURATION_MS: Readonly<Record<string, number>> = Object.freeze({
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
});
const SIZE_BYTES: Readonly<Record<string, number>> = Object.freeze({
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
});

/** Where literals report what is wrong with them. */
export interface Problems {
  readonly path: string;
  readonly diagnostics: Diagnostic[];
}

/** The value of a literal token. A wrong one is reported and gets a harmless value, so that checking can go on. */
export function literal(problems: Problems, token: IToken): LiteralNode {
  const span = spanOf(problems.path, token);
  const raw = token.image;
  const node = (type: LiteralNode['type'], value: LiteralNode['value']): LiteralNode => ({
    kind: 'literal',
    type,
    value,
    raw,
    span,
  });
  const refused = (details: { size?: string; kind?: string; reach?: string }): number => {
    const found = raw.length > 30 ? `${raw.slice(0, 30)}…` : raw;
    problems.diagnostics.push(diagnostic('E122', span, { found, ...details }));
    return 0;
  };
  const whole = (value: number, details = {}): number =>
    Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : refused(details);
  switch (meaning(token)) {
    case t.IntLiteral:
      return node('int', whole(Number(raw.replaceAll('_', ''))));
    case t.FloatLiteral:
      return node('float', float(raw, refused));
    case t.True:
      return node('bool', true);
    case t.False:
      return node('bool', false);
    case t.Null:
      return node('null', null);
    case t.DurationLiteral: {
      const parts = /^(\d+)([a-z]+)$/.exec(raw);
      const factor = DURATION_MS[parts?.[2] ?? ''] ?? 0;
      return node('duration', whole(Number(parts?.[1] ?? 0) * factor, DURATION_REACH));
    }
    case t.SizeLiteral: {
      const parts = /^(\d+)([A-Za-z]+)$/.exec(raw);
      const factor = SIZE_BYTES[parts?.[2] ?? ''] ?? 0;
      return node('size', whole(Number(parts?.[1] ?? 0) * factor, SIZE_REACH));
    }
    case t.DateLiteral:
      return date(problems, token, node);
    default:
      return node('string', text(problems, token));
  }
}

const DURATION_REACH = { kind: 'a duration', reach: 'Durations reach 104249991d, some 285,000 years.' };
const SIZE_REACH = { kind: 'a size', reach: 'Sizes reach 9007TB.' };

/** A literal that is not 0 and would be, or would be infinite, is none. */
function float(raw: string, refused: (details: { size: string; kind: string; reach: string }) => number): number {
  const value = raw.endsWith('%') ? Number(raw.slice(0, -1)) / 100 : Number(raw);
  const reach = 'Floats reach from 5e-324 to 1.8e308, in either direction.';
  if (!Number.isFinite(value)) return refused({ size: 'large', kind: 'a float', reach });
  if (value === 0 && /[1-9]/.test(raw.replace(/e.*$/i, ''))) return refused({ size: 'small', kind: 'a float', reach });
  return value;
}

function date(
  problems: Problems,
  token: IToken,
  node: (type: LiteralNode['type'], value: number) => LiteralNode,
): LiteralNode {
  const dated = datedText(token.image.slice(1));
  if (dated.type !== null) return node(dated.type, dated.value);
  const span = spanOf(problems.path, token);
  problems.diagnostics.push(diagnostic('E120', span, { found: token.image, why: dated.why }));
  return token.image.includes('T') ? node('timestamp', 0) : node('date', 0);
}

const ESCAPES: Readonly<Record<string, string>> = Object.freeze({ '"': '"', '\\': '\\', n: '\n', t: '\t', r: '\r' });

/** What a string token says, without its quotes and escapes. */
export function text(problems: Problems, token: IToken): string {
  const close = /["'`\u2018\u2019\u201c\u201d]$/.test(token.image) && token.image.length > 1 ? -1 : undefined;
  const inner = token.image.slice(1, close);
  return inner.replace(
    /\\(u\{([0-9a-fA-F]{1,6})\}|[\s\S])/g,
    (sequence, mark: string, hex: string | undefined, at: number) => {
      if (hex !== undefined && Number.parseInt(hex, 16) <= 0x10ffff)
        return String.fromCodePoint(Number.parseInt(hex, 16));
      const plain = Object.hasOwn(ESCAPES, mark) ? ESCAPES[mark] : undefined;
      if (plain !== undefined) return plain;
      const start = token.startOffset + 1 + at;
      const span = {
        file: problems.path,
        start,
        end: start + sequence.length,
        line: token.startLine ?? 1,
        column: (token.startColumn ?? 1) + 1 + at,
      };
      problems.diagnostics.push(diagnostic('E121', span, { found: sequence, instead: `\\${sequence}` }));
      return sequence;
    },
  );
}
