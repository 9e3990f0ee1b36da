import type { Disk, DiskFile } from '../../base/disk.ts';
import { readWhole } from '../../base/disk.ts';
import { LogError } from '../../contract/log.ts';
import type { Catalog } from './catalog.ts';
import type { Run } from './frame.ts';
import type { ScannedFrame } from './scan.ts';
import { frameAt, laterFrameCovers, ScanWindow } from './scan.ts';
import type { Segment } from './segment.ts';
import { indexName, segmentName } from './segment.ts';
import { readSegmentIndex } from './segment-index.ts';

/** What the journal's files hold, as both a log that recovers and one that is only looked at find it. Nothing is changed. */

/** An index is 8 to 28 bytes a payload. */
const MAX_INDEX_BYTES = 1024 * 1024 * 1024;

export interface FoundRoot {
  readonly id: number;
  readonly file: DiskFile;
  readonly window: ScanWindow;
  readonly root: ScannedFrame;
}

/**
 * The last segment with a whole root, its file open; null where there is none. A segment whose root never became durable was
 * never used (`unused`). Only the last can be one, since a root is synced before anything follows it.
 * Throws LogError `corrupt`.
 */
export async function findLastRoot(
  disk: Disk,
  folder: string,
  ids: readonly number[],
): Promise<{ readonly found: FoundRoot | null; readonly unused: number | null }> {
  let unused: number | null = null;
  for (const id of ids.toReversed()) {
    const file = await disk.open(`${folder}/${segmentName(id)}`, 'read');
    const window = new ScanWindow(file, await file.size());
    const root = await frameAt(window, 0, true);
    if (root !== null && root.header.kind === 'root') return { found: { id, file, window, root }, unused };
    const used = unused !== null || (await laterFrameCovers(window, 0, 1));
    await file.close();
    if (used) throw damaged(id, 'its first frame is damaged');
    unused = id;
  }
  return { found: null, unused };
}

/**
 * Places the payloads of the sealed segments, oldest first: where one was copied forward, the later place counts. A segment
 * that is gone was dropped after the root was written, in a frame still to be read; a loss shows as an incomplete catalog.
 */
export async function placeSealed(disk: Disk, folder: string, catalog: Catalog): Promise<void> {
  for (const segment of [...catalog.segments.values()].sort((a, b) => a.id - b.id)) {
    const runs = await sealedRuns(disk, folder, segment);
    for (const { run, position } of runs) catalog.move([run], segment, position);
  }
}

async function sealedRuns(
  disk: Disk,
  folder: string,
  segment: Segment,
): Promise<readonly { readonly run: Run; readonly position: number }[]> {
  const file = await openIfThere(disk, `${folder}/${segmentName(segment.id)}`);
  if (file === null) return [];
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

async function openIfThere(disk: Disk, path: string): Promise<DiskFile | null> {
  try {
    return await disk.open(path, 'read');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * The whole frames of a segment from a place on, numbered on from `number`. A bad frame ends them, unless a later one says
 * that it had been synced: then LogError `corrupt`. `payloads`: check their CRCs too.
 */
export async function* framesFrom(
  { id, window }: { readonly id: number; readonly window: ScanWindow },
  at: number,
  number: number,
  payloads: boolean,
): AsyncGenerator<ScannedFrame> {
  for (;;) {
    const frame = await frameAt(window, at, payloads);
    if (frame === null || frame.header.number !== number + 1) {
      if (await laterFrameCovers(window, at - (frame === null ? 0 : 1), number + 1)) {
        throw damaged(id, `frame ${number + 1}, which had been synced, is damaged`);
      }
      return;
    }
    yield frame;
    number = frame.header.number;
    at = frame.end;
  }
}

export function damaged(id: number, what: string): LogError {
  return new LogError(
    'corrupt',
    `The log is damaged in segment ${segmentName(id)}: ${what}. Nothing was changed; restore the folder from a copy.`,
  );
}
