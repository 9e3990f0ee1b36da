import type { Bytes } from '../../base/units.ts';
import type { ChangelogDelta, ReadFrame } from '../../contract/log.ts';
import { taskName } from '../../contract/task-name.ts';
import type { Task } from './catalog.ts';
import type { Channel } from './channel.ts';

/** Bytes of changelog read at a time. */
const STEP: Bytes = 4 * 1024 * 1024;

/** How payloads of a channel are had: by the log itself, or by who looks at it from outside. */
type ReadChannel = (channel: Channel, name: string, offset: number, bytes: Bytes) => Promise<readonly ReadFrame[]>;

/** The deltas of a task from an offset to where its changelog ends now. Throws what `read` does: LogError `gap`, `corrupt`. */
export async function* changelogDeltas(
  { id, changelog }: Task,
  from: bigint,
  read: ReadChannel,
): AsyncGenerator<ChangelogDelta> {
  const name = `changelog of ${taskName(id)}`;
  const { end } = changelog;
  for (let offset = Number(from); offset < end || offset > changelog.end || offset < changelog.first; ) {
    for (const frame of await read(changelog, name, offset, STEP)) {
      if (frame.offset >= end) return;
      yield { delta: frame.body, next: frame.offset + 1n };
      offset = Number(frame.offset) + 1;
    }
  }
}
