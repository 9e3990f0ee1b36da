import { assert } from '../../base/assert.ts';
import type { Disk, DiskFile } from '../../base/disk.ts';
import type { FrameMeta, RootMeta } from './catalog.ts';
import { Catalog } from './catalog.ts';
import type { JournalOptions, JournalStart } from './journal.ts';
import { beginSegment } from './journal.ts';
import type { FoundRoot } from './journal-files.ts';
import { damaged, findLastRoot, framesFrom, placeSealed } from './journal-files.ts';
import type { Segment } from './segment.ts';
import { indexName, segmentId, segmentName } from './segment.ts';
import { SegmentIndex } from './segment-index.ts';

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

  const { found, unused } = await findLastRoot(disk, folder, ids);
  if (unused !== null) {
    await disk.remove(`${folder}/${segmentName(unused)}`);
    await disk.syncDir(folder);
  }
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

async function resume(
  options: JournalOptions,
  ids: readonly number[],
  found: FoundRoot,
): Promise<{ catalog: Catalog; start: JournalStart }> {
  const { disk, folder } = options;
  const catalog = Catalog.ofRoot(found.root.meta as RootMeta);
  await placeSealed(disk, folder, catalog);
  await removeSegments(
    disk,
    folder,
    ids.filter(id => id < found.id && !catalog.segments.has(id)),
  );

  const active: Segment = { id: found.id, bytes: found.root.end, liveBytes: 0, sealedAt: 0 };
  catalog.segments.set(active.id, active);
  const index = new SegmentIndex();
  let number = found.root.header.number;
  let clean = false;
  let mark = active.bytes;
  const dropped: number[] = [];
  for await (const { header, meta, runs, position, end } of framesFrom(found, active.bytes, number, true)) {
    number = header.number;
    if (header.kind === 'drop') dropped.push(...(meta as FrameMeta['drop']).segments);
    catalog.apply(header.kind, meta, runs, active, position);
    index.add(runs, position);
    mark = active.bytes;
    active.bytes = end;
    clean = header.kind === 'mark' && header.syncedThrough === number - 1;
  }
  clean &&= active.bytes === found.window.size;
  if (!catalog.complete()) throw damaged(active.id, 'the index misses payloads that should be there');
  if (!clean) await rewriteTail(disk, folder, found, active.bytes);
  // Only now is it certain that the frames that emptied them are on the disk.
  await removeSegments(disk, folder, dropped);
  const file = await disk.open(`${folder}/${segmentName(active.id)}`, 'write');
  if (clean) await writeAgain(found, file, mark, active.bytes);
  return { catalog, start: { active, file, index, lastNumber: number } };
}

/**
 * The mark at the end speaks for what is before it and not for itself: it may only be in the page cache, as a page that counts as clean
 * after its sync failed. Written once more it is part of what the next sync covers.
 */
async function writeAgain(found: FoundRoot, file: DiskFile, from: number, to: number): Promise<void> {
  const bytes = new Uint8Array(to - from);
  const read = await found.file.read(bytes, from);
  assert(read === bytes.length, 'a segment does not shrink while it is read');
  await file.write([bytes], from);
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
