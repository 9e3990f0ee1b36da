import type { ArgumentType, FunctionDefinition, SignatureResult } from '../../contract/function.ts';
import type { Type, TypeKind } from '../../contract/types.ts';

export const BOOL: Type = Object.freeze({ kind: 'bool' });
export const INT: Type = Object.freeze({ kind: 'int' });
export const FLOAT: Type = Object.freeze({ kind: 'float' });
export const STRING: Type = Object.freeze({ kind: 'string' });
export const TIMESTAMP: Type = Object.freeze({ kind: 'timestamp' });
export const DATE: Type = Object.freeze({ kind: 'date' });
export const DURATION: Type = Object.freeze({ kind: 'duration' });

export const NUMBERS: readonly TypeKind[] = ['int', 'float'];
export const TEXTS: readonly TypeKind[] = ['string', 'enum'];

/** One argument of a fixed signature. */
export interface Argument {
  readonly name: string;
  readonly kinds: readonly TypeKind[];
  /** In a user's words: `a number`. */
  readonly says: string;
  readonly optional?: true;
}

export const text = (name: string): Argument => ({ name, kinds: TEXTS, says: 'a text' });
export const number = (name: string): Argument => ({ name, kinds: NUMBERS, says: 'a number' });
export const int = (name: string): Argument => ({ name, kinds: ['int'], says: 'an int' });
export const optional = (argument: Argument): Argument => ({ ...argument, optional: true });

type Fixed = Omit<FunctionDefinition, 'signature' | 'nulls' | 'parameters'> & {
  readonly args: readonly Argument[];
  readonly gives: Type | ((args: readonly ArgumentType[]) => Type);
  /** Null for some values that are not null themselves. */
  readonly partial?: true | ((args: readonly ArgumentType[]) => boolean);
  /** A complaint about a literal (`-1` if none): which argument, and what was expected. */
  readonly check?: (args: readonly ArgumentType[]) => { argument: number; expected: string } | null;
};

/** A function of fixed arguments that passes nulls on. */
export function passing(options: Fixed): FunctionDefinition {
  const { args, gives, partial, check, ...rest } = options;
  const signature = (given: readonly ArgumentType[]): SignatureResult => {
    const least = args.filter(argument => argument.optional !== true).length;
    if (given.length < least || given.length > args.length) {
      return { argument: -1, expected: args.map(each => (each.optional ? `${each.name}?` : each.name)).join(', ') };
    }
    const wrong = given.findIndex((argument, i) => !args[i].kinds.includes(argument.type.kind));
    if (wrong >= 0) return { argument: wrong, expected: args[wrong].says };
    const complaint = check?.(given) ?? null;
    if (complaint !== null) return complaint;
    const nullable = given.some(argument => argument.nullable);
    const sometimes = typeof partial === 'function' ? partial(given) : partial === true;
    return { type: typeof gives === 'function' ? gives(given) : gives, nullable: nullable || sometimes };
  };
  return Object.freeze({ ...rest, signature, nulls: 'pass', parameters: args.map(argument => argument.name) });
}

/** Float when any argument is, else int. */
export function widest(args: readonly ArgumentType[]): Type {
  return args.some(argument => argument.type.kind === 'float') ? FLOAT : INT;
}

/** The one type of several values of which one is taken; null where there is none. A bare null fits any. */
export function unified(args: readonly ArgumentType[]): Type | null {
  let type: Type | null = null;
  for (const argument of args) {
    if (argument.literal === null) continue;
    const own: Type =
      typeof argument.literal === 'string' && argument.type.kind === 'string'
        ? { kind: 'enum', values: [argument.literal] }
        : argument.type;
    type = type === null ? own : joined(type, own);
    if (type === null) return null;
  }
  return type;
}

function joined(a: Type, b: Type): Type | null {
  if (a.kind === 'enum' && b.kind === 'enum') {
    return { kind: 'enum', values: [...new Set([...a.values, ...b.values])] };
  }
  if (TEXTS.includes(a.kind) && TEXTS.includes(b.kind)) return STRING;
  if (NUMBERS.includes(a.kind) && NUMBERS.includes(b.kind)) return a.kind === b.kind ? a : FLOAT;
  if (a.kind === 'list' && b.kind === 'list') {
    const item = joined(a.item, b.item);
    return item === null ? null : { kind: 'list', item };
  }
  return a.kind === b.kind ? a : null;
}

/** Whether values of the two types can be compared: numbers with numbers, texts with texts, else the same kind. */
export function comparable(a: Type, b: Type): boolean {
  const scalars: readonly TypeKind[] = ['bool', 'timestamp', 'date', 'duration'];
  return (
    (NUMBERS.includes(a.kind) && NUMBERS.includes(b.kind)) ||
    (TEXTS.includes(a.kind) && TEXTS.includes(b.kind)) ||
    (a.kind === b.kind && scalars.includes(a.kind))
  );
}
