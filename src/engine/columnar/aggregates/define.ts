import type {
  AggregateDefinition,
  ArgumentType,
  RowValue,
  RunningAggregate,
  SignatureResult,
} from '../../contract/function.ts';
import type { Type, TypeKind } from '../../contract/types.ts';

export const NUMBERS: readonly TypeKind[] = ['int', 'float'];
export const MEASURES: readonly TypeKind[] = [...NUMBERS, 'timestamp', 'date', 'duration'];

interface OneColumn {
  readonly name: string;
  readonly summary: string;
  readonly examples: AggregateDefinition['examples'];
  readonly counts?: true;
  readonly units?: 'kept';
  readonly kinds: readonly TypeKind[];
  /** In a user's words: `numbers`. */
  readonly says: string;
  readonly gives: (argument: ArgumentType) => { readonly type: Type; readonly nullable: boolean };
  /** Over the values that are not null, in row order; `rows` counts all. */
  readonly of: (values: readonly RowValue[], rows: number, type: Type) => RowValue;
  readonly running?: RunningAggregate;
  readonly runningFor?: (types: readonly Type[]) => RunningAggregate | null;
}

/** An aggregate of one column, nulls skipped. */
export function overColumn(options: OneColumn): AggregateDefinition {
  const { kinds, says, gives, of, ...rest } = options;
  return Object.freeze({
    ...rest,
    signature: (args: readonly ArgumentType[]): SignatureResult => {
      if (args.length !== 1) return { argument: -1, expected: says };
      return kinds.includes(args[0].type.kind) ? gives(args[0]) : { argument: 0, expected: says };
    },
    evaluate: (rows: readonly (readonly RowValue[])[], types: readonly Type[]) => {
      const values = rows.map(([value]) => value).filter(value => value !== null);
      return of(values, rows.length, types[0]);
    },
  } satisfies AggregateDefinition);
}
