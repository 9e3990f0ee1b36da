import type { SlotSpec, TableShape } from './state.ts';
import { type Field, type Type, typeText } from './types.ts';

/** What becomes of saved state in a flow that keeps another kind under its name. `why`: in a user's words, a sentence each. */
export interface StateVerdict {
  readonly what: 'kept' | 'migrated' | 'dropped';
  readonly why: readonly string[];
}

/**
 * The one judgement, of plans and of restores alike. Saved state is kept where nothing differs, migrated where it can go on with
 * its values, and dropped otherwise. What is migrated may be migrated again: the whole way at once is judged no worse.
 */
export function judgeState(saved: TableShape, wanted: TableShape): StateVerdict {
  const lost = keyLoss(saved.key, wanted.key) ?? slotLoss(saved, wanted);
  if (lost !== null) return { what: 'dropped', why: [lost] };
  const why = [...keyChanges(saved.key, wanted.key), ...slotChanges(saved, wanted)];
  return { what: why.length === 0 ? 'kept' : 'migrated', why };
}

/** Whether every value of a type is one of the other, and held alike. */
export function widens(from: Type, to: Type): boolean {
  if (from.kind === 'enum' && to.kind === 'enum') return from.values.every(value => to.values.includes(value));
  if (from.kind === 'enum' && to.kind === 'string') return true;
  return from.kind === to.kind || (from.kind === 'int' && to.kind === 'float');
}

function keyLoss(saved: readonly Field[], wanted: readonly Field[]): string | null {
  const names = (key: readonly Field[]) =>
    key.length === 0 ? 'one for all rows' : key.map(one => one.name).join(', ');
  if (names(saved) !== names(wanted)) return `its key was ${names(saved)} and is ${names(wanted)}`;
  for (const [i, field] of saved.entries()) {
    const now = wanted[i];
    if (!widens(field.type, now.type) || (field.nullable && !now.nullable))
      return `its key ${field.name} was ${typeOf(field)} and is ${typeOf(now)}`;
  }
  return null;
}
function keyChanges(saved: readonly Field[], wanted: readonly Field[]): readonly string[] {
  return saved.flatMap((field, i) => {
    const now = wanted[i];
    return typeOf(field) === typeOf(now) ? [] : [`its key ${field.name} was ${typeOf(field)} and is ${typeOf(now)}`];
  });
}
function typeOf({ type, nullable }: Field): string {
  return typeText(type, nullable);
}

function slotLoss(saved: TableShape, wanted: TableShape): string | null {
  const now = new Map(wanted.slots.map(slot => [slot.name, slot]));
  for (const slot of saved.slots) {
    const next = now.get(slot.name);
    const name = nameOf(slot);
    if (next === undefined) {
      if (slot.spare) continue;
      return figureOf(wanted, slot) === undefined ? `${name} is gone` : `${name} is gathered in another way`;
    }
    if (next.kind !== slot.kind) return `${name} was of another kind`;
    const [was, is] = [slot.figure, next.figure];
    if (was?.rule !== is?.rule)
      return `${name} was ${was?.rule ?? 'of the stage'} and is ${is?.rule ?? 'of the stage'}`;
    const before = was?.type ?? null;
    const after = is?.type ?? null;
    if ((before === null) !== (after === null) || (before !== null && after !== null && !widens(before, after)))
      return `${name} was made of ${wordOf(before)} and is made of ${wordOf(after)}`;
  }
  // A figure with some of its slots from the start and some from now on would be of no rows at all.
  for (const slot of wanted.slots) {
    const isNew = saved.slots.every(one => one.name !== slot.name);
    if (isNew && slot.figure !== undefined && figureOf(saved, slot) !== undefined)
      return `${nameOf(slot)} is gathered in another way`;
  }
  return null;
}

function slotChanges(saved: TableShape, wanted: TableShape): readonly string[] {
  const why = new Set<string>();
  for (const slot of wanted.slots) {
    const was = saved.slots.find(one => one.name === slot.name);
    const name = nameOf(slot);
    if (was === undefined) {
      if (slot.spare) why.add(`${name} is new`);
      else why.add(`${name} is new: rows before the change are not in it`);
    } else if (was.figure !== undefined && slot.figure !== undefined) {
      const [before, after] = [was.figure.type, slot.figure.type];
      if (JSON.stringify(before) !== JSON.stringify(after))
        why.add(`${name} was made of ${wordOf(before)} and is made of ${wordOf(after)}`);
      if (was.figure.reads !== slot.figure.reads)
        why.add(`${name} is of another expression: rows before the change are in it by the old one`);
    }
  }
  for (const slot of saved.slots) {
    if (slot.spare && wanted.slots.every(one => one.name !== slot.name)) why.add(`${nameOf(slot)} is gone`);
  }
  return [...why];
}

/** A slot of the same figure. */
function figureOf({ slots }: TableShape, { figure }: SlotSpec): SlotSpec | undefined {
  return slots.find(one => one.figure?.name === figure?.name && one.figure?.place === figure?.place);
}
function nameOf({ name, figure }: SlotSpec): string {
  return figure?.name ?? name;
}
function wordOf(type: Type | null): string {
  return type === null ? 'rows' : typeText(type);
}
