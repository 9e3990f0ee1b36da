import type { IToken } from 'chevrotain';

/**
 * What the formatter prints: tokens and the places between them where a line may end. Whether it does is decided by
 * `format-print.ts`, from the width left.
 */
export type Doc =
  | { readonly kind: 'token'; readonly token: IToken }
  | { readonly kind: 'space' }
  /** A space, or nothing when `soft`; a line end where its group is broken. */
  | { readonly kind: 'line'; readonly soft: boolean }
  | { readonly kind: 'hard' }
  | { readonly kind: 'concat'; readonly parts: readonly Doc[]; readonly forced: boolean }
  /** `hanging`: only where the lines around it are broken. */
  | { readonly kind: 'indent'; readonly doc: Doc; readonly hanging: boolean; readonly forced: boolean }
  /** On one line if it fits, unless `broken`: the author broke it. `forced`: something inside is broken by its author. */
  | { readonly kind: 'group'; readonly doc: Doc; readonly broken: boolean; readonly forced: boolean }
  /**
   * As many on a line as fit. `seps[i]` stands between items i and i + 1. `loose`: in no brackets of its own, so that a line
   * its author ended stays so in any case.
   */
  | {
      readonly kind: 'fill';
      readonly items: readonly Doc[];
      readonly seps: readonly Separator[];
      readonly loose: boolean;
      readonly forced: boolean;
    }
  | { readonly kind: 'stages'; readonly stages: readonly Stage[]; readonly lead: boolean; readonly forced: boolean };

/** Between items: a comma on one line; at a line's end, a comma too only where `keeps`. `hard`: the author ended the line. */
export interface Separator {
  readonly comma: boolean;
  readonly keeps: boolean;
  readonly hard: boolean;
  /** An operator that begins the new line. */
  readonly operator: readonly IToken[];
}
/** A stage; on a line of its own its inner lines are indented by two more. */
export interface Stage {
  readonly pipe: IToken;
  readonly doc: Doc;
  readonly hard: boolean;
}

export const SPACE: Doc = { kind: 'space' };
export const LINE: Doc = { kind: 'line', soft: false };
export const SOFT_LINE: Doc = { kind: 'line', soft: true };
export const HARD_LINE: Doc = { kind: 'hard' };

const isForced = (doc: Doc): boolean =>
  doc.kind === 'hard' || ('forced' in doc && doc.forced) || (doc.kind === 'group' && doc.broken);

export function concat(...parts: readonly Doc[]): Doc {
  return inRow(parts);
}
/** The same for any number of parts. */
export function inRow(parts: readonly Doc[]): Doc {
  return { kind: 'concat', parts, forced: parts.some(isForced) };
}
export function indent(doc: Doc): Doc {
  return { kind: 'indent', doc, hanging: false, forced: isForced(doc) };
}
export function hang(doc: Doc): Doc {
  return { kind: 'indent', doc, hanging: true, forced: isForced(doc) };
}
export function group(doc: Doc, broken: boolean): Doc {
  return { kind: 'group', doc, broken, forced: broken || isForced(doc) };
}
export function fill(items: readonly Doc[], seps: readonly Separator[], loose = false): Doc {
  return { kind: 'fill', items, seps, loose, forced: items.some(isForced) || (loose && seps.some(sep => sep.hard)) };
}
export function stages(all: readonly Stage[], lead: boolean): Doc {
  return { kind: 'stages', stages: all, lead, forced: all.some(stage => stage.hard || isForced(stage.doc)) };
}
/** The token a document begins with, if any. */
export function firstOf(doc: Doc): IToken | null {
  switch (doc.kind) {
    case 'token':
      return doc.token;
    case 'concat':
      for (const part of doc.parts) {
        const found = firstOf(part);
        if (found !== null) return found;
      }
      return null;
    case 'indent':
    case 'group':
      return firstOf(doc.doc);
    case 'fill':
      return doc.items[0] === undefined ? null : firstOf(doc.items[0]);
    case 'stages':
      return doc.stages[0]?.pipe ?? null;
    default:
      return null;
  }
}
/** Whether the author broke a line inside. */
export function hasBreak(doc: Doc): boolean {
  return isForced(doc);
}
