import { type Field, type Schema, type Type, typeText } from '../contract/types.ts';

/** How rows of `given` are no rows of `wanted`; null where they are. */
export function difference(wanted: Schema, given: Schema): string | null {
  for (let place = 0; place < Math.max(wanted.fields.length, given.fields.length); place++) {
    const [there, here] = [wanted.fields[place], given.fields[place]];
    if (there !== undefined && here !== undefined && there.name === here.name && takes(there, here)) continue;
    return `${fieldText(here)} in place of ${fieldText(there)}`;
  }
  return null;
}

/**
 * Whether every value of `given` is one of `wanted`, and held in memory alike: of the same kind all the way down, null only where
 * nulls may be, of an enum's values, within the range.
 */
export function takes(wanted: Field, given: Field): boolean {
  return (
    (wanted.nullable || !given.nullable) && isWithin(wanted.range, given.range) && isAlike(wanted.type, given.type)
  );
}

/** Whether a field of a topic can be read as declared: nor is it forgotten by reading that it is personal, or its unit. */
export function isReadAs(declared: Field, held: Field): boolean {
  const saysPersonal = declared.phi === true || held.phi !== true;
  return takes(declared, held) && saysPersonal && (held.unit === undefined || declared.unit === held.unit);
}

function isAlike(wanted: Type, given: Type): boolean {
  if (wanted.kind === 'list' && given.kind === 'list') return isAlike(wanted.item, given.item);
  if (wanted.kind === 'record' && given.kind === 'record') return difference(wanted, given) === null;
  if (wanted.kind === 'features' && given.kind === 'features') return `${wanted.names}` === `${given.names}`;
  if (wanted.kind === 'enum' && given.kind === 'enum')
    return given.values.every(value => wanted.values.includes(value));
  return wanted.kind === given.kind;
}

function isWithin(wanted: Field['range'], given: Field['range']): boolean {
  const { low = -Infinity, high = Infinity } = given ?? {};
  return low >= (wanted?.low ?? -Infinity) && high <= (wanted?.high ?? Infinity);
}

/** As a user writes it: `days: int? in 1..30 @phi`. */
export function fieldText(field: Field | undefined): string {
  return field === undefined ? 'no field' : `${field.name}: ${declarationText(field)}`;
}

/** What stands behind a field's name: `int? in 1..30 @phi`. */
export function declarationText({ type, nullable, range, unit, phi }: Field): string {
  const bounds = range === undefined ? '' : ` in ${range.low ?? ''}..${range.high ?? ''}`;
  const measured = unit === undefined ? '' : ` @unit(${JSON.stringify(unit)})`;
  return `${typeText(type, nullable)}${bounds}${measured}${phi ? ' @phi' : ''}`;
}
