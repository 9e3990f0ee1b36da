import { assert } from '../../base/assert.ts';
import type { Disk, DiskFile } from '../../base/disk.ts';
import { readWhole } from '../../base/disk.ts';
import { LogError } from '../../contract/log.ts';
import type { FrameMeta, RootMeta } from './catalog.ts';
import { Catalog } from './catalog.ts';
import type { JournalOptions, JournalStart } from './journal.ts';
import { beginSegment } from './journal.ts';
import type { ScannedFrame } from './scan.ts';
import { frameAt, laterFrameCovers, ScanWindow } from './scan.ts';
import type { Segment } from './segment.ts';
import { indexName, segmentId, segmentName } from './segment.ts';
import { readSegmentIndex, SegmentIndex } from './segment-index.ts';

/** An index is 8 to 28 bytes a payload. */
const MAX_INDEX_BYTES = 1024 * 1024 * 1024;

/**
 * Finds what the journal holds. The last segment's root tells everything up to it but the index; sealed segments give
 * theirs from their index files; the last segment is read frame by frame. A bad frame ends the log, unless a later one
 * says that it had been synced: then LogError `corrupt`.
 */
export async function recover(options: JournalOptions): Promise<{ catalog: Catalog; start: JournalStart }> {
  const { disk, folder } = options;
  await disk.makeDir(folder);
  const names = await disk.list(folder);
  for (const name of names) if (name.endsWith('.tmp')) await disk.remove(`${folder}/${name}`);
  const ids = names.map(segmentId).filter(id => id !== null);

  const found = await lastRoot(disk, folder, ids);
  if (found === null) {
    const catalog = new Catalog();
    return { catalog, start: await beginSegment(options, catalog, 1, 0) };
  }
  try {
    return await resume(options, ids, found);
  } finally {
    await found.file.close();
  }
}

interface FoundRoot {
  readonly id: number;
  readonly file: DiskFile;
  readonly window: ScanWindow;
  readonly root: ScannedFrame;
}

/**
 * The last segment with a whole root. A segment whose root never became durable was never used: it goes. Only the last
 * can be one, since a root is synced before anything follows it.
 */
async function lastRoot(disk: Disk, folder: string, ids: readonly number[]): Promise<FoundRoot | null> {
  for (const [back, id] of ids.toReversed().entries()) {
    const path = `${folder}/${segmentName(id)}`;
    const file = await disk.open(path, 'read');
    const window = new ScanWindow(file, await file.size());
    const root = await frameAt(window, 0, true);
    if (root !== null && root.header.kind === 'root') return { id, file, window, root };
    const used = back > 0 || (await laterFrameCovers(window, 0, 1));
    await file.close();
    if (used) throw damaged(id, 'its first frame is damaged');
    await disk.remove(path);
    await disk.syncDir(folder);
  }
  return null;
}

async function resume(
  options: JournalOptions,
  ids: readonly number[],
  found: FoundRoot,
): Promise<{ catalog: Catalog; start: JournalStart }> {
  const { disk, folder } = options;
  const catalog = Catalog.ofRoot(found.root.meta as RootMeta);
  await loadSealed(disk, folder, ids, found.id, catalog);

  const active: Segment = { id: found.id, bytes: found.root.end, liveBytes: 0, sealedAt: 0 };
  catalog.segments.set(active.id, active);
  const index = new SegmentIndex();
  let number = found.root.header.number;
  let clean = false;
  const dropped: number[] = [];
  for (;;) {
    const frame = await frameAt(found.window, active.bytes, true);
    if (frame === null || frame.header.number !== number + 1) {
      if (await laterFrameCovers(found.window, active.bytes - (frame === null ? 0 : 1), number + 1)) {
        throw damaged(active.id, `frame ${number + 1}, which had been synced, is damaged`);
      }
      break;
    }
    number++;
    if (frame.header.kind === 'drop') dropped.push(...(frame.meta as FrameMeta['drop']).segments);
    catalog.apply(frame.header.kind, frame.meta, frame.runs, active, frame.position);
    index.add(frame.runs, frame.position);
    active.bytes = frame.end;
    clean = frame.header.kind === 'mark' && frame.header.syncedThrough === number - 1;
  }
  clean &&= active.bytes === found.window.size;
  if (!catalog.complete()) throw damaged(active.id, 'the index misses payloads that should be there');
  if (!clean) await rewriteTail(disk, folder, found, active.bytes);
  // Only now is it certain that the frames that emptied them are on the disk.
  await removeSegments(disk, folder, dropped);
  const file = await disk.open(`${folder}/${segmentName(active.id)}`, 'write');
  return { catalog, start: { active, file, index, lastNumber: number } };
}

/**
 * Copies the good part of the last segment to a new file and puts that in its place: frames found whole may only be in
 * the page cache (after a failed sync even as "clean" pages), and what we build on must be on the disk.
 */
async function rewriteTail(disk: Disk, folder: string, found: FoundRoot, bytes: number): Promise<void> {
  const path = `${folder}/${segmentName(found.id)}`;
  const copy = await disk.open(`${path}.tmp`, 'create');
  try {
    const step = 4 * 1024 * 1024;
    for (let at = 0; at < bytes; at += step) {
      const part = new Uint8Array(Math.min(step, bytes - at));
      const read = await found.file.read(part, at);
      assert(read === part.length, 'a segment does not shrink while it is read');
      await copy.write([part], at);
    }
    await copy.sync();
  } catch (error) {
    // On a full disk the copy would take the little that is left.
    await disk.remove(`${path}.tmp`).catch(() => {});
    throw error;
  } finally {
    await copy.close();
  }
  await disk.rename(`${path}.tmp`, path);
  await disk.syncDir(folder);
}

async function removeSegments(disk: Disk, folder: string, ids: readonly number[]): Promise<void> {
  for (const id of ids) {
    await disk.remove(`${folder}/${segmentName(id)}`);
    await disk.remove(`${folder}/${indexName(id)}`);
  }
}

/** Places the payloads of the sealed segments, oldest first: where one was copied forward, the later place counts. */
async function loadSealed(
  disk: Disk,
  folder: string,
  ids: readonly number[],
  active: number,
  catalog: Catalog,
): Promise<void> {
  const present = new Set(ids);
  for (const segment of [...catalog.segments.values()].sort((a, b) => a.id - b.id)) {
    // Dropped after the root was written: the drop is in a frame still to be read; a loss shows as an incomplete index.
    if (!present.has(segment.id)) continue;
    const runs = await sealedRuns(disk, folder, segment);
    for (const { run, position } of runs) catalog.move([run], segment, position);
  }
  const needless = ids.filter(id => id < active && !catalog.segments.has(id));
  await removeSegments(disk, folder, needless);
}

async function sealedRuns(disk: Disk, folder: string, segment: Segment) {
  const file = await disk.open(`${folder}/${segmentName(segment.id)}`, 'read');
  try {
    const size = await file.size();
    if (size < segment.bytes) throw damaged(segment.id, `it has ${size} bytes and should have ${segment.bytes}`);
    const bytes = await readWhole(disk, `${folder}/${indexName(segment.id)}`, MAX_INDEX_BYTES).catch(() => null);
    const known = bytes === null ? null : readSegmentIndex(bytes);
    if (known !== null) return known;
    const window = new ScanWindow(file, segment.bytes);
    const runs = [];
    for (let at = 0; at < segment.bytes; ) {
      const frame = await frameAt(window, at, false);
      if (frame === null) throw damaged(segment.id, `the frame at byte ${at} is damaged`);
      let position = frame.position;
      for (const run of frame.runs) {
        runs.push({ run, position });
        for (const length of run.lengths) position += length;
      }
      at = frame.end;
    }
    return runs;
  } finally {
    await file.close();
  }
}

function damaged(id: number, what: string): LogError {
  return new LogError(
    'corrupt',
    `The log is damaged in segment ${segmentName(id)}: ${what}. Nothing was changed; restore the folder from a copy.`,
  );
}
