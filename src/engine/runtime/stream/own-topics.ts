import { OWN_TOPICS } from '../../contract/world-name.ts';

// The topics a stream keeps for itself. A flow's name has no dot and a generation is a number, so no two are alike.

/** Holds the manifests of a flow's stream. */
export function manifestTopic(flow: string): string {
  return `${OWN_TOPICS}${flow}.manifest`;
}

/** The flow whose manifests a topic holds; null of another topic. */
export function flowOfManifests(topic: string): string | null {
  const flow = topic.slice(OWN_TOPICS.length).replace(/\.manifest$/, '');
  return topic === manifestTopic(flow) ? flow : null;
}

/** How the names of a generation's exchanges begin. */
export function exchangesOf(flow: string, generation: number): string {
  return `${OWN_TOPICS}${flow}.${generation}.`;
}

/** Carries rows to the chain `reader`. */
export function exchangeTopic(flow: string, generation: number, reader: string): string {
  return `${exchangesOf(flow, generation)}${reader}`;
}
