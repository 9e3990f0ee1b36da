/** What a text of a flow may name in the world: a topic of the log, a model of a registry, a tag (alias) of its versions, a file (of a source: or a pattern). */
export type WorldName = 'topic' | 'model' | 'tag' | 'file';

/** Begins the names of topics the engine keeps for itself. */
export const OWN_TOPICS = 'weir.';
/** Kafka's rule, so that every log takes the names. */
const TOPIC = /^[a-zA-Z0-9._-]{1,249}$/;
const MODEL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** Never a number, as versions are. */
const TAG = /^[A-Za-z][A-Za-z0-9_-]{0,99}$/;
/** As hashes are shown or longer. */
const HASH = /^[0-9a-f]{12,}$/i;

/** Why a text cannot be such a name; null where it can. */
export function nameFault(kind: WorldName, name: string): string | null {
  if (name === '') return 'it is empty';
  switch (kind) {
    case 'topic':
      if (name.startsWith(OWN_TOPICS)) return `names that begin with "${OWN_TOPICS}" are the engine’s own`;
      if (name === '.' || name === '..') return 'a dot alone is a folder';
      return TOPIC.test(name) ? null : 'it takes up to 249 letters, digits, ".", "_" and "-"';
    case 'model':
      return MODEL.test(name)
        ? null
        : 'it takes up to 100 letters, digits, ".", "_" and "-", beginning with a letter or digit';
    case 'tag':
      if (HASH.test(name)) return 'it looks like the hash of a model';
      return TAG.test(name) ? null : 'it takes up to 100 letters, digits, "_" and "-", beginning with a letter';
    case 'file':
      return name.includes('\0') ? 'no path holds a null character' : null;
  }
}
