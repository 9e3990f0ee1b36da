import { describeGroupsV5 } from '@platformatic/kafka';
import type { Brokers } from './brokers.ts';
import type { Joining } from './group-member.ts';

/** Names of a group's members, as they gave them when they joined, or, while it is made anew, of their machines. */
export async function groupMembers(brokers: Brokers, groupId: string): Promise<readonly string[]> {
  const { groups } = await brokers.persist(`Group ${groupId}`, async () => {
    const coordinator = await brokers.coordinator('group', groupId);
    return brokers.on(coordinator, connection => describeGroupsV5.api.async(connection, [groupId], false));
  });
  return groups.flatMap(({ members }) =>
    members.map(member => nameIn(member.memberMetadata) ?? `a process on ${member.clientHost}`),
  );
}

function nameIn(metadata: Buffer): string | null {
  try {
    return (JSON.parse(metadata.toString()) as Partial<Joining>).member ?? null;
  } catch {
    return null;
  }
}
