import type { Catalog } from '../engine/contract/catalog.ts';
import type { CompileHost } from './compile.ts';
import { type Surroundings, surroundings } from './complete-around.ts';
import { type Cursor, cursorAt } from './complete-cursor.ts';
import { statementItems } from './complete-keywords.ts';
import { statementPlaceItems } from './complete-statement.ts';
import { type Completion, matching } from './completion.ts';

export type { Completion } from './completion.ts';

export interface CompletionOptions {
  readonly path: string;
  /** The text as it is in the editor, finished or not. */
  readonly text: string;
  /** UTF-16 units from the start of the text. */
  readonly offset: number;
  readonly catalog: Catalog;
  /** Imports are read through it; the file itself is not. */
  readonly host: CompileHost;
}
/** Completions of one file, asked for again and again while it is typed. */
export interface Completer {
  at(text: string, offset: number): readonly Completion[];
}

/** Characters; a flow is written by a person. */
const MAX_TEXT = 400_000;

/**
 * What may be written at a place: everything comes from the catalogue, the flow and the grammar's own words. The flow around
 * the place is compiled without what is being typed. Never throws; where nothing is known, nothing is offered.
 */
export function completionsAt(options: CompletionOptions): readonly Completion[] {
  return completer(options).at(options.text, options.offset);
}

function completer(options: Pick<CompletionOptions, 'path' | 'catalog' | 'host'>): Completer {
  const strict = strictCompleter(options);
  return {
    at(text, offset) {
      try {
        return strict.at(text, offset);
      } catch {
        // A definition from outside may fail over what is half written.
        return [];
      }
    },
  };
}

/** A completer whose failures show. */
export function strictCompleter(options: Pick<CompletionOptions, 'path' | 'catalog' | 'host'>): Completer {
  const views = surroundings(options.path, options.catalog, options.host);
  return {
    at(text, offset) {
      if (text.length > MAX_TEXT) return [];
      const place = Math.min(Math.max(0, Math.trunc(offset)), text.length);
      const cursor = cursorAt(options.path, text, Number.isNaN(place) ? 0 : place);
      return cursor === null ? [] : matching(itemsAt(cursor, views, options.host), cursor.word);
    },
  };
}

function itemsAt(cursor: Cursor, views: Surroundings, host: CompileHost): readonly Completion[] {
  const found = cursor.keyword === null ? [] : statementPlaceItems(cursor, views, host);
  const begins = cursor.lineStart && (cursor.keyword === null || cursor.path.length === 1 || atEdge(cursor));
  return begins ? [...found, ...statementItems()] : found;
}

/** At the very edge of a line a statement may begin, though a bracket before was never closed. */
function atEdge({ text, start }: Cursor): boolean {
  return start === 0 || text[start - 1] === '\n';
}
