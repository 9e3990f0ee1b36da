/** JSON's grammar (RFC 8259) over bytes. Every scan ends at a line feed at the latest: it is no part of any token. */

export const QUOTE = 34;
export const BACKSLASH = 92;
/** Not JSON, and too deep, where a position was asked for. */
export const BROKEN = -1;
export const TOO_DEEP = -2;
export const MAX_DEPTH = 64;

/** 1 for bytes that stand for themselves inside a string. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 32 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);
/** 1 for the bytes that may follow a backslash, `u` apart. */
const ESCAPES = Uint8Array.from({ length: 256 }, (_, byte) =>
  '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0,
);
const ESCAPED = Uint8Array.from({ length: 256 }, (_, byte) => {
  const at = 'bfnrt'.indexOf(String.fromCharCode(byte));
  return at < 0 ? byte : [8, 12, 10, 13, 9][at];
});

export function skipBlanks(bytes: Uint8Array, p: number): number {
  while (bytes[p] === 32 || bytes[p] === 9 || bytes[p] === 13) p++;
  return p;
}

/** From behind the opening quote to the first byte that is not plain: the closing quote, a backslash, or what may not be there. */
export function skipPlain(bytes: Uint8Array, p: number): number {
  while (PLAIN[bytes[p]] === 1) p++;
  return p;
}

/** The position behind the string whose opening quote is at `p`. */
export function skipString(bytes: Uint8Array, p: number): number {
  for (p = skipPlain(bytes, p + 1); bytes[p] === BACKSLASH; p = skipPlain(bytes, p)) {
    if (ESCAPES[bytes[p + 1]] === 1) p += 2;
    else if (bytes[p + 1] === 117 && hex4(bytes, p + 2) >= 0) p += 6;
    else return BROKEN;
  }
  return bytes[p] === QUOTE ? p + 1 : BROKEN;
}

/** The position behind the number at `p`. */
export function skipNumber(bytes: Uint8Array, p: number): number {
  if (bytes[p] === 45) p++;
  if (bytes[p] === 48) p++;
  else if ((p = skipDigits(bytes, p)) < 0) return BROKEN;
  if (bytes[p] === 46 && (p = skipDigits(bytes, p + 1)) < 0) return BROKEN;
  if (bytes[p] === 101 || bytes[p] === 69) {
    p++;
    if (bytes[p] === 43 || bytes[p] === 45) p++;
    return skipDigits(bytes, p);
  }
  return p;
}

/** At least one digit. */
function skipDigits(bytes: Uint8Array, p: number): number {
  const from = p;
  while ((bytes[p] - 48) >>> 0 <= 9) p++;
  return p > from ? p : BROKEN;
}

/** The position behind the value at `p`, whatever it is. */
export function skipValue(bytes: Uint8Array, p: number, depth: number): number {
  switch (bytes[p]) {
    case QUOTE:
      return skipString(bytes, p);
    case 123:
      return depth >= MAX_DEPTH ? TOO_DEEP : skipObject(bytes, p, depth + 1);
    case 91:
      return depth >= MAX_DEPTH ? TOO_DEEP : skipList(bytes, p, depth + 1);
    case 116:
    case 102:
    case 110:
      return skipWord(bytes, p);
    default:
      return skipNumber(bytes, p);
  }
}

/** The position behind `true`, `false` or `null`. */
export function skipWord(bytes: Uint8Array, p: number): number {
  const first = bytes[p];
  if (first === 116 && bytes[p + 1] === 114 && bytes[p + 2] === 117 && bytes[p + 3] === 101) return p + 4;
  if (first === 110 && bytes[p + 1] === 117 && bytes[p + 2] === 108 && bytes[p + 3] === 108) return p + 4;
  const isFalse =
    first === 102 && bytes[p + 1] === 97 && bytes[p + 2] === 108 && bytes[p + 3] === 115 && bytes[p + 4] === 101;
  return isFalse ? p + 5 : BROKEN;
}

function skipObject(bytes: Uint8Array, p: number, depth: number): number {
  p = skipBlanks(bytes, p + 1);
  if (bytes[p] === 125) return p + 1;
  for (;;) {
    if (bytes[p] !== QUOTE || (p = skipString(bytes, p)) < 0) return BROKEN;
    p = skipBlanks(bytes, p);
    if (bytes[p] !== 58) return BROKEN;
    p = skipValue(bytes, skipBlanks(bytes, p + 1), depth);
    if (p < 0) return p;
    p = skipBlanks(bytes, p);
    if (bytes[p] === 125) return p + 1;
    if (bytes[p] !== 44) return BROKEN;
    p = skipBlanks(bytes, p + 1);
  }
}

function skipList(bytes: Uint8Array, p: number, depth: number): number {
  p = skipBlanks(bytes, p + 1);
  if (bytes[p] === 93) return p + 1;
  for (;;) {
    p = skipValue(bytes, p, depth);
    if (p < 0) return p;
    p = skipBlanks(bytes, p);
    if (bytes[p] === 93) return p + 1;
    if (bytes[p] !== 44) return BROKEN;
    p = skipBlanks(bytes, p + 1);
  }
}

/**
 * Writes the text of a well-formed string's inside `bytes[from, to)` to `bytes` at `out`, escapes resolved, and returns the
 * end. A lone surrogate gives bytes that are not UTF-8, so that the text is refused like any other that is not.
 */
export function resolveEscapes(bytes: Uint8Array, from: number, to: number, out: number): number {
  for (let p = from; p < to; ) {
    if (bytes[p] !== BACKSLASH) bytes[out++] = bytes[p++];
    else if (bytes[p + 1] !== 117) {
      bytes[out++] = ESCAPED[bytes[p + 1]];
      p += 2;
    } else {
      let point = hex4(bytes, p + 2);
      p += 6;
      if (point >= 0xd800 && point < 0xdc00 && p < to && bytes[p] === BACKSLASH && bytes[p + 1] === 117) {
        const low = hex4(bytes, p + 2);
        if (low >= 0xdc00 && low < 0xe000) {
          point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
          p += 6;
        }
      }
      out = writeUtf8(bytes, out, point);
    }
  }
  return out;
}

function writeUtf8(bytes: Uint8Array, out: number, point: number): number {
  if (point < 0x80) bytes[out++] = point;
  else {
    if (point < 0x800) bytes[out++] = 0xc0 | (point >> 6);
    else {
      if (point < 0x10000) bytes[out++] = 0xe0 | (point >> 12);
      else {
        bytes[out++] = 0xf0 | (point >> 18);
        bytes[out++] = 0x80 | ((point >> 12) & 0x3f);
      }
      bytes[out++] = 0x80 | ((point >> 6) & 0x3f);
    }
    bytes[out++] = 0x80 | (point & 0x3f);
  }
  return out;
}

/** Four hexadecimal digits; −1 where they are none. */
function hex4(bytes: Uint8Array, p: number): number {
  let value = 0;
  for (let i = p; i < p + 4; i++) {
    const byte = bytes[i];
    const digit = byte - 48;
    const letter = (byte | 32) - 97;
    if (digit >>> 0 <= 9) value = value * 16 + digit;
    else if (letter >>> 0 <= 5) value = value * 16 + letter + 10;
    else return -1;
  }
  return value;
}
