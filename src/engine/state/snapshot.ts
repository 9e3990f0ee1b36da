import { assert } from '../base/assert.ts';
import { writeUnsettled, writeWhole } from '../base/disk.ts';
import { canonicalJson } from '../base/json.ts';
import { OperationalError } from '../base/operational-error.ts';
import type { Bytes } from '../base/units.ts';
import type { SnapshotPointer } from '../contract/log.ts';
import { KEY_GROUPS, MAX_FRAME_BYTES } from '../contract/log.ts';
import {
  groupName,
  isSameContent,
  manifestName,
  readGroup,
  readSnapshotManifest,
  SnapshotDamage,
  type SnapshotManifest,
  type SnapshotPlace,
} from './snapshot-files.ts';
import { encodePut } from './state-block.ts';
import type { TaskState } from './state-store.ts';

const utf8 = new TextEncoder();
/** Files of a snapshot that are read side by side. */
const READS_AT_ONCE = 8;
/** Of a snapshot, until all of it is checked; beyond, files are read again. */
const MOST_HELD: Bytes = 64 * 1024 * 1024;

/** The files of the newest snapshot a state was written to or restored from. */
const newestFiles = new WeakMap<TaskState, (string | null)[]>();

/**
 * Writes all of a state, as it is now, which must be just after `takeDelta` and the commit `seq` whose deltas end at changelog offset
 * `changelog` or after; `epoch` is the owner's. Key groups that did not change keep their file, whoever wrote it. The manifest comes last:
 * before it, nothing is there. The pointer belongs in a later commit. Throws the disk's errors; the state can be snapshot again.
 */
export async function writeSnapshot(
  place: SnapshotPlace,
  state: TaskState,
  at: { readonly seq: bigint; readonly changelog: bigint; readonly epoch: bigint },
): Promise<SnapshotPointer> {
  // Encoded in this turn, so that the state may go on changing while the files are written.
  const { files, groups, dirty } = encodeGroups(state, at.epoch);
  try {
    const { disk, dir } = place;
    await disk.makeDir(dir);
    const present = new Set(await disk.list(dir));
    for (const [name, content] of files) {
      if (!present.has(name)) await writeUnsettled(disk, dir, name, [content]);
    }
    await disk.syncDir(dir);
    const manifest: SnapshotManifest = { format: 2, seq: String(at.seq), changelog: String(at.changelog), groups };
    const bytes = utf8.encode(canonicalJson(manifest));
    const name = manifestName(at.epoch, bytes);
    await writeWhole(disk, dir, name, [bytes]);
    newestFiles.set(state, groups);
    return { manifest: name, changelog: at.changelog };
  } catch (error) {
    for (const [table, marks] of dirty) for (let g = 0; g < KEY_GROUPS; g++) table.dirtyGroups[g] |= marks[g];
    throw error;
  }
}

function encodeGroups(state: TaskState, epoch: bigint) {
  const known = newestFiles.get(state);
  const groups = known?.slice() ?? new Array<string | null>(KEY_GROUPS).fill(null);
  const changed = new Uint8Array(KEY_GROUPS).fill(known === undefined ? 1 : 0);
  const dirty = [...state.tables.values()].map(table => {
    assert(!table.changed, 'a snapshot is taken when all changes are committed');
    const marks = table.dirtyGroups.slice();
    for (let g = 0; g < KEY_GROUPS; g++) changed[g] |= marks[g];
    table.dirtyGroups.fill(0);
    return [table, marks] as const;
  });
  const blocks: Uint8Array[][] = Array.from({ length: KEY_GROUPS }, () => []);
  for (const table of state.tables.values()) {
    const ids = table.idsOfGroups();
    for (let g = 0; g < KEY_GROUPS; g++)
      if (changed[g] === 1) blocks[g].push(...encodePut(table, ids[g], MAX_FRAME_BYTES));
  }
  const files = new Map<string, Uint8Array>();
  for (let g = 0; g < KEY_GROUPS; g++) {
    if (changed[g] === 0) continue;
    const content = blocks[g].length === 0 ? null : groupFile(blocks[g]);
    const name = content === null ? null : groupName(epoch, content);
    // Changed and changed back: the file it has will do.
    if (isSameContent(groups[g], name)) continue;
    groups[g] = name;
    if (name !== null && content !== null) files.set(name, content);
  }
  return { files, groups, dirty };
}

/** Blocks, each after its length (u32, then 4 zero bytes, so that blocks stay aligned). */
function groupFile(blocks: readonly Uint8Array[]): Uint8Array {
  const padded = (length: number): number => Math.ceil(length / 8) * 8;
  const file = new Uint8Array(blocks.reduce((sum, block) => sum + 8 + padded(block.length), 0));
  const view = new DataView(file.buffer);
  let at = 0;
  for (const block of blocks) {
    view.setUint32(at, block.length, true);
    file.set(block, at + 8);
    at += 8 + padded(block.length);
  }
  return file;
}

function* blocksOf(file: Uint8Array): Iterable<Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at < file.length; ) {
    const length = view.getUint32(at, true);
    yield file.subarray(at + 8, at + 8 + length);
    at += 8 + Math.ceil(length / 8) * 8;
  }
}

/**
 * Fills an empty state from the first of the pointers (newest first) whose snapshot is whole, and gives it: deltas are still to be applied
 * from its changelog offset on. Null where there are no pointers. `groups` limits it to key groups [from, to).
 * Throws OperationalError R122 when there are pointers and every one leads to a damaged snapshot: never starts empty.
 */
export async function restoreSnapshot(
  place: SnapshotPlace,
  pointers: readonly SnapshotPointer[],
  state: TaskState,
  groups: { readonly from: number; readonly to: number } = { from: 0, to: KEY_GROUPS },
): Promise<SnapshotPointer | null> {
  if (pointers.length === 0) return null;
  assert(state.keys === 0, 'a snapshot is restored into an empty state');
  const damage: string[] = [];
  for (const pointer of pointers) {
    try {
      const manifest = await readSnapshotManifest(place, pointer.manifest);
      assert(BigInt(manifest.changelog) === pointer.changelog, 'a pointer agrees with its manifest');
      const files = manifest.groups.map((file, g) => (g >= groups.from && g < groups.to ? file : null));
      // All are checked before the first is applied: half a snapshot must not stay behind when the next is tried.
      const held = await checkGroups(place, files);
      for (const file of files) {
        if (file === null) continue;
        for (const block of blocksOf(held.get(file) ?? (await readGroup(place, file)))) state.applyDelta(block);
        held.delete(file);
      }
      for (const table of state.tables.values()) table.dirtyGroups.fill(0);
      newestFiles.set(state, files);
      return pointer;
    } catch (error) {
      if (!(error instanceof SnapshotDamage)) throw error;
      damage.push(error.message);
    }
  }
  throw new OperationalError('R122', `no snapshot of the state can be read: ${damage.join('; ')}`, {
    hint: 'name the folder of snapshots it was run with (--snapshots), or restore that folder from a copy; the task will not start from nothing',
  });
}

/** Reads every file and throws SnapshotDamage where one is not whole; gives what of them is worth holding until it is applied. */
async function checkGroups(place: SnapshotPlace, files: readonly (string | null)[]): Promise<Map<string, Uint8Array>> {
  const names = files.filter(file => file !== null);
  const held = new Map<string, Uint8Array>();
  let bytes = 0;
  for (let from = 0; from < names.length; from += READS_AT_ONCE) {
    const some = names.slice(from, from + READS_AT_ONCE);
    for (const [i, content] of (await Promise.all(some.map(name => readGroup(place, name)))).entries()) {
      if (bytes + content.length > MOST_HELD) continue;
      bytes += content.length;
      held.set(some[i], content);
    }
  }
  return held;
}
