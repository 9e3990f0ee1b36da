import type { IToken } from 'chevrotain';
import type { Trivia } from './format-comments.ts';
import { type Doc, firstOf, type Separator } from './format-doc.ts';

export const MAX_COLUMNS = 120;
const STEP = 2;

/** A piece of an output line, with the spaces before it. */
export interface Cell {
  readonly text: string;
  readonly spaces: number;
  /** Null for a comma the formatter set. */
  readonly token: IToken | null;
}
export interface OutputLine {
  readonly indent: number;
  readonly cells: Cell[];
  readonly blankAbove: boolean;
}

/** What goes on after a part has been printed, and the columns it needs on the line. */
interface Rest {
  readonly kind: 'rest';
  readonly width: number;
  readonly run: () => void;
}
type Mode = 'flat' | 'broken';
interface Command {
  readonly indent: number;
  readonly mode: Mode;
  readonly doc: Doc | { readonly kind: 'comma' } | Rest;
}

/** Lays a document out in lines of at most `MAX_COLUMNS`, where it can be done; keeps comments at their tokens. */
export function print(doc: Doc, trivia: Trivia): OutputLine[] {
  return new Printer(trivia).run(doc);
}

class Printer {
  private readonly trivia: Trivia;
  private readonly lines: OutputLine[] = [];
  private line: OutputLine | null = null;
  private column = 0;
  private space = false;
  /** A comment waiting for the end of its line; a comma may still come before it. */
  private pending: IToken[] = [];
  private stack: Command[] = [];

  constructor(trivia: Trivia) {
    this.trivia = trivia;
  }

  run(doc: Doc): OutputLine[] {
    this.stack.push({ indent: 0, mode: 'broken', doc });
    for (let next = this.stack.pop(); next !== undefined; next = this.stack.pop()) this.step(next);
    for (const comment of this.trivia.final) this.ownLine(comment, 0);
    this.endLine();
    return this.lines;
  }

  private push(indent: number, mode: Mode, docs: readonly Command['doc'][]): void {
    for (let i = docs.length - 1; i >= 0; i--) this.stack.push({ indent, mode, doc: docs[i]! });
  }

  private step({ indent, mode, doc }: Command): void {
    switch (doc.kind) {
      case 'token':
        this.token(doc.token, indent);
        break;
      case 'comma':
        this.put(',', null, indent);
        break;
      case 'space':
        this.space = true;
        break;
      case 'line':
        if (mode === 'broken') this.endLine();
        else if (!doc.soft) this.space = true;
        break;
      case 'hard':
        this.endLine();
        break;
      case 'concat':
        this.push(indent, mode, doc.parts);
        break;
      case 'indent':
        this.push(doc.hanging && mode === 'flat' ? indent : indent + STEP, mode, [doc.doc]);
        break;
      case 'group': {
        const broken = doc.broken || (mode === 'broken' && !this.fits([doc.doc]));
        this.push(indent, broken ? 'broken' : 'flat', [doc.doc]);
        break;
      }
      case 'fill':
        this.fill(doc, 0, indent, mode);
        break;
      case 'stages':
        this.stages(doc, 0, indent, mode);
        break;
      case 'rest':
        doc.run();
        break;
    }
  }

  private fill(doc: Doc & { kind: 'fill' }, at: number, indent: number, mode: Mode, hung = false): void {
    const item = doc.items[at];
    const sep = doc.seps[at];
    if (item === undefined) return;
    if (sep !== undefined && at + 1 < doc.items.length) {
      const run = (): void => {
        const broke = this.separate(sep, doc.items[at + 1]!, indent, mode);
        // What follows an operator on a new line hangs below the first operand.
        const hangs = hung || (broke && sep.operator.length > 0);
        const inner = hangs && !hung ? indent + STEP : indent;
        const goOn = (): void => this.fill(doc, at + 1, inner, mode, hangs);
        this.stack.push({ indent: inner, mode, doc: { kind: 'rest', width: 0, run: goOn } });
        this.push(inner, mode, sep.operator.flatMap(spaced));
      };
      this.stack.push({ indent, mode, doc: { kind: 'rest', width: sep.comma ? 1 : 0, run } });
    }
    this.push(indent, mode, [item]);
  }

  /** Ends the line between two items, or goes on in it. */
  private separate(sep: Separator, item: Doc, indent: number, mode: Mode): boolean {
    const next: Doc[] = [{ kind: 'space' }, ...sep.operator.flatMap(spaced), item];
    // An operator with a comment behind stays on its line: a `*` alone on a line would mean all fields.
    const head = firstOf(item);
    const above = head !== null && this.trivia.leading(head).length > 0;
    const stays = sep.operator.some(token => above || this.trivia.trailing(token) !== null);
    const breaks = mode === 'broken' && !stays && (sep.hard || !this.fits(next, sep.comma ? 1 : 0));
    if (sep.comma && (!breaks || sep.keeps)) this.put(',', null, indent);
    if (breaks) this.endLine();
    else this.space = true;
    return breaks;
  }

  private stages(doc: Doc & { kind: 'stages' }, at: number, indent: number, mode: Mode): void {
    const stage = doc.stages[at];
    if (stage === undefined) return;
    const pipe: Doc = { kind: 'token', token: stage.pipe };
    const first = at === 0 && !doc.lead;
    const own =
      mode === 'broken' && (first || stage.hard || !this.fits([{ kind: 'space' }, pipe, { kind: 'space' }, stage.doc]));
    if (own && !first) this.endLine();
    else if (!first) this.space = true;
    if (at + 1 < doc.stages.length) {
      const run = (): void => this.stages(doc, at + 1, indent, mode);
      this.stack.push({ indent, mode, doc: { kind: 'rest', width: 0, run } });
    }
    this.push(own ? indent + STEP : indent, mode, [{ kind: 'space' }, stage.doc]);
    this.push(indent, mode, [pipe]);
  }

  /** Whether these fit flat into what is left of the line, and what follows up to the next place a line may end. */
  private fits(docs: readonly Doc[], used = 0): boolean {
    let left = MAX_COLUMNS - this.column - used;
    let space = this.space;
    const work: { mode: Mode; doc: Command['doc'] }[] = [];
    for (let i = docs.length - 1; i >= 0; i--) work.push({ mode: 'flat', doc: docs[i]! });
    let rest = this.stack.length;
    for (;;) {
      let next = work.pop();
      if (next === undefined) {
        if (rest === 0) return true;
        next = this.stack[--rest]!;
      }
      const { doc, mode } = next;
      switch (doc.kind) {
        case 'token': {
          if (this.trivia.leading(doc.token).length > 0) return left >= 0;
          left -= doc.token.image.length + (space ? 1 : 0);
          space = false;
          if (left < 0) return false;
          if (this.trivia.trailing(doc.token) !== null) return true;
          break;
        }
        case 'comma':
          left -= 1;
          if (left < 0) return false;
          break;
        case 'space':
          space = true;
          break;
        case 'line':
          if (mode === 'broken') return true;
          if (!doc.soft) space = true;
          break;
        case 'hard':
          return true;
        case 'concat':
          for (let i = doc.parts.length - 1; i >= 0; i--) work.push({ mode, doc: doc.parts[i]! });
          break;
        case 'indent':
          work.push({ mode, doc: doc.doc });
          break;
        case 'group':
          work.push({ mode: doc.broken ? 'broken' : mode, doc: doc.doc });
          break;
        case 'fill': {
          // In a broken line the fill may end after its first item; flat, all of it counts.
          const parts: Command['doc'][] = [];
          for (let i = 0; i < doc.items.length; i++) {
            parts.push(doc.items[i]!);
            const sep = doc.seps[i];
            if (sep === undefined || i + 1 === doc.items.length) continue;
            if (sep.comma && (mode === 'flat' || sep.keeps)) parts.push({ kind: 'comma' });
            if (sep.hard && (mode === 'broken' || doc.loose)) parts.push({ kind: 'hard' });
            else parts.push({ kind: 'line', soft: false }, ...sep.operator.flatMap(spaced));
          }
          for (let i = parts.length - 1; i >= 0; i--) work.push({ mode, doc: parts[i]! });
          break;
        }
        case 'stages':
          if (mode === 'broken' && doc.lead) return true;
          for (let i = doc.stages.length - 1; i >= 0; i--) {
            const stage = doc.stages[i]!;
            work.push({ mode, doc: stage.doc }, { mode, doc: { kind: 'space' } });
            work.push({ mode, doc: { kind: 'token', token: stage.pipe } });
            if (i > 0 || doc.lead) work.push({ mode, doc: { kind: 'line', soft: false } });
          }
          break;
        case 'rest':
          return left >= doc.width;
      }
    }
  }

  private token(token: IToken, indent: number): void {
    for (const comment of this.trivia.leading(token)) this.ownLine(comment, indent);
    this.put(token.image, token, indent);
    const trailing = this.trivia.trailing(token);
    if (trailing !== null) this.pending.push(trailing);
  }

  private ownLine(comment: IToken, indent: number): void {
    this.endLine();
    this.put(comment.image.trimEnd(), comment, indent);
    this.endLine();
  }

  private put(text: string, token: IToken | null, indent: number): void {
    if (this.pending.length > 0 && text !== ',') this.endLine();
    if (this.line === null) {
      const blank = token !== null && this.lines.length > 0 && this.trivia.blankAbove(token) && !this.opens(token);
      this.line = { indent, cells: [], blankAbove: blank };
      this.lines.push(this.line);
      this.column = indent;
      this.space = false;
    }
    const spaces = this.space && this.line.cells.length > 0 && text !== ',' ? 1 : 0;
    this.line.cells.push({ text, spaces, token });
    this.column += spaces + text.length;
    this.space = false;
  }
  /** No empty line right after an opening bracket or right before a closing one. */
  private opens(token: IToken): boolean {
    const last = this.lines.at(-1)?.cells.at(-1);
    return (last?.token?.image === '{' || /^[}\])]$/.test(token.image)) && !last?.text.startsWith('//');
  }

  private endLine(): void {
    const waiting = this.pending;
    this.pending = [];
    const indent = this.line?.indent ?? 0;
    waiting.forEach((comment, i) => {
      const text = comment.image.trimEnd();
      if (i === 0 && this.line !== null) this.line.cells.push({ text, spaces: 1, token: comment });
      else this.lines.push({ indent, cells: [{ text, spaces: 0, token: comment }], blankAbove: false });
    });
    this.line = null;
    this.column = 0;
    this.space = false;
  }
}

const spaced = (token: IToken): Doc[] => [{ kind: 'token', token }, { kind: 'space' }];
