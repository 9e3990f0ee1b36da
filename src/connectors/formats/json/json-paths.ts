import type { Field, Schema } from '../../../engine/contract/types.ts';
import { ByteLookup } from '../spans/byte-lookup.ts';

/** What a value must be for a field to take it. */
export type Takes = 'string' | 'number' | 'bool' | 'list' | 'record';

function takesOf(field: Field): Takes {
  switch (field.type.kind) {
    case 'int':
    case 'float':
      return 'number';
    case 'bool':
    case 'list':
    case 'record':
      return field.type.kind;
    case 'features':
      return 'record';
    default:
      return 'string';
  }
}

/** One object on the way to wanted values: its wanted keys. */
export interface PathNode {
  /** Key bytes → index in `members`. */
  readonly keys: ByteLookup;
  readonly members: readonly PathMember[];
}
export interface PathMember {
  /** Slot of the field here; −1 none. */
  readonly slot: number;
  readonly takes: Takes;
  readonly inner: PathNode | null;
  /** Slots here and below. */
  readonly slots: readonly number[];
}
export interface Paths {
  readonly root: PathNode;
  /** Further fields at the path of slot `from`. Of another kind they never fit what is there. */
  readonly copies: readonly { readonly slot: number; readonly from: number; readonly sameKind: boolean }[];
}

interface Draft {
  slot: number;
  takes: Takes;
  readonly members: Map<string, Draft>;
}

/** The wanted fields as a tree of keys: `map: { age: "patient.age" }` leads through objects, other names are one key. */
export function pathsOf(
  schema: Schema,
  mapped: Readonly<Record<string, string>>,
  except: ReadonlySet<string> = new Set(),
): Paths {
  const root: Draft = { slot: -1, takes: 'record', members: new Map() };
  const copies: { slot: number; from: number; sameKind: boolean }[] = [];
  schema.fields.forEach((field, slot) => {
    if (except.has(field.name)) return;
    let draft = root;
    for (const key of mapped[field.name]?.split('.') ?? [field.name]) {
      const next: Draft = draft.members.get(key) ?? { slot: -1, takes: 'record', members: new Map() };
      draft.members.set(key, next);
      draft = next;
    }
    if (draft.slot >= 0) copies.push({ slot, from: draft.slot, sameKind: draft.takes === takesOf(field) });
    else [draft.slot, draft.takes] = [slot, takesOf(field)];
  });
  return { root: nodeOf(root), copies };
}

function nodeOf(draft: Draft): PathNode {
  const keys = new ByteLookup();
  const members = [...draft.members].map(([key, member], i): PathMember => {
    const text = Buffer.from(key);
    const bytes = new Uint8Array(text.length + 16);
    bytes.set(text);
    keys.add(new DataView(bytes.buffer), 0, text.length, i);
    return {
      slot: member.slot,
      takes: member.takes,
      inner: member.members.size === 0 ? null : nodeOf(member),
      slots: slotsOf(member),
    };
  });
  return { keys, members };
}

function slotsOf(draft: Draft): number[] {
  return [...(draft.slot < 0 ? [] : [draft.slot]), ...[...draft.members.values()].flatMap(slotsOf)];
}
