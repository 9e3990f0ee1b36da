import { Flatbuffer, insist } from './flatbuffer.ts';

/**
 * Whether Arrow IPC bytes say of themselves what can be: every table, vector and text of the metadata inside it, every buffer
 * inside its message. apache-arrow believes what it reads, and one flipped byte has it loop over billions of fields.
 * Throws `RangeError` where they do not.
 */
export function checkArrow(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (MAGIC.every((byte, i) => bytes[i] === byte)) checkFile(view);
  else checkStream(view);
}

const MAGIC = Buffer.from('ARROW1');
const FOOTER_END = 4 + MAGIC.length;
/** Fields in fields, or anything else in itself. */
const MAX_DEPTH = 64;

/** Kinds of message. */
const SCHEMA = 1;
const DICTIONARY = 2;
const ROWS = 3;

function checkFile(view: DataView): void {
  const end = view.byteLength - FOOTER_END;
  insist(end >= 0);
  const size = view.getInt32(end, true);
  insist(size > 0 && size <= end);
  const footer = new Flatbuffer(part(view, end - size, size));
  const root = footer.root();
  footer.follow(root, 1, at => checkSchema(footer, at));
  // The blocks of dictionaries and those of rows are of the kinds of message that hold them.
  for (const kind of [DICTIONARY, ROWS]) {
    footer.structs(root, kind, 24, at => checkMessage(view, Number(footer.view.getBigInt64(at, true)), [kind]));
  }
}

function checkStream(view: DataView): void {
  for (let at = 0; at < view.byteLength; ) at = checkMessage(view, at, [SCHEMA, DICTIONARY, ROWS]);
}

/** The message at `from`, of one of these kinds; gives where it ends. */
function checkMessage(view: DataView, from: number, kinds: readonly number[]): number {
  insist(from >= 0 && from + 4 <= view.byteLength);
  let at = from;
  // Before Arrow 0.15 a message began with its length alone.
  if (view.getInt32(at, true) === -1) at += 4;
  insist(at + 4 <= view.byteLength);
  const size = view.getInt32(at, true);
  at += 4;
  if (size === 0) return at;
  const flat = new Flatbuffer(part(view, at, size));
  const root = flat.root();
  const body = flat.long(root, 3);
  insist(body >= 0 && body <= view.byteLength - at - size);
  checkPairs(flat, root, 4);
  const kind = flat.byte(root, 1);
  insist(kinds.includes(kind));
  flat.follow(root, 2, header => {
    if (kind === SCHEMA) checkSchema(flat, header);
    else if (kind === DICTIONARY) flat.follow(header, 1, batch => checkBatch(flat, batch, body));
    else checkBatch(flat, header, body);
  });
  return at + size + body;
}

function checkSchema(flat: Flatbuffer, at: number): void {
  flat.tables(at, 1, field => checkField(flat, field, 0));
  checkPairs(flat, at, 2);
  flat.structs(at, 3, 8);
}

function checkField(flat: Flatbuffer, at: number, depth: number): void {
  insist(depth < MAX_DEPTH);
  flat.structs(at, 0, 1);
  flat.follow(at, 3, type => {
    const kind = flat.byte(at, 2);
    if (kind === 10) flat.structs(type, 1, 1);
    if (kind === 14) flat.structs(type, 1, 4);
  });
  flat.follow(at, 4, encoding => flat.follow(encoding, 1));
  flat.tables(at, 5, child => checkField(flat, child, depth + 1));
  checkPairs(flat, at, 6);
}

function checkPairs(flat: Flatbuffer, at: number, slot: number): void {
  flat.tables(at, slot, pair => {
    flat.structs(pair, 0, 1);
    flat.structs(pair, 1, 1);
  });
}

function checkBatch(flat: Flatbuffer, at: number, body: number): void {
  const rows = flat.long(at, 0);
  insist(rows >= 0);
  let nodes = 0;
  flat.structs(at, 1, 16, node => {
    const length = Number(flat.view.getBigInt64(node, true));
    // The first is a column, and as long as the batch; those inside a column may be of any length.
    insist(length >= 0 && (nodes++ > 0 || length === rows));
  });
  flat.structs(at, 2, 16, buffer => {
    const [from, size] = [0, 8].map(half => Number(flat.view.getBigInt64(buffer + half, true)));
    insist(from >= 0 && size >= 0 && from + size <= body);
  });
  flat.follow(at, 3);
  flat.structs(at, 4, 8);
}

function part(view: DataView, from: number, size: number): DataView {
  insist(size >= 4 && size <= view.byteLength - from);
  return new DataView(view.buffer, view.byteOffset + from, size);
}
