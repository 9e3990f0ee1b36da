/** A text without the ASCII white space around it: the same for bytes and for strings. */
export function trimBlanks(text: string): string {
  return text.replace(/^[\t-\r ]+|[\t-\r ]+$/g, '');
}

export function isBlank(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}

/** Texts that mean null, as they look byte for byte (`latin1`) without the blanks around them. */
export function nullTexts(nulls: readonly string[]): ReadonlySet<string> {
  return new Set(nulls.map(text => trimBlanks(Buffer.from(text).toString('latin1'))));
}
