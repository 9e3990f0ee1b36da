import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours text for one stream, or leaves it alone: NO_COLOR, a pipe, or a dumb terminal. */
export type Paint = (style: Style, text: string) => string;

export function paintFor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Paint {
  return usesColor(stream, env)
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_, text) => text;
}

export function usesColor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
