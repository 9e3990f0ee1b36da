/** What is known about one code. The compiler refuses an entry without an explanation or examples. */
export interface CatalogueEntry {
  /** A few words, for lists and page titles. */
  readonly title: string;
  /** The sentence shown, with `{slots}` filled from the details. */
  readonly message: string;
  /** How to mend it, with `{slots}`; null where nothing general can be said. Empty after filling: no hint. */
  readonly hint: string | null;
  /** What slots hold where a report gives nothing for them. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** A paragraph or two for `weir explain-error`: why it is refused, and what would happen otherwise. */
  readonly explanation: string;
  /** A few lines that provoke it. */
  readonly bad: string;
  /** The same, mended. */
  readonly good: string;
}

type SlotsOf<T extends string> = T extends `${string}{${infer Slot}}${infer Rest}` ? Slot | SlotsOf<Rest> : never;
type Templates = { readonly message: string; readonly hint: string | null };
type AllSlots<E extends Templates> = SlotsOf<E['message']> | (E['hint'] extends string ? SlotsOf<E['hint']> : never);
type Optional<E> = E extends { readonly defaults: infer D } ? keyof D & string : never;

/** What a report of this entry must say, and what it may: the slots of its templates. */
export type DetailsOf<E extends Templates> = Readonly<
  Record<Exclude<AllSlots<E>, Optional<E>>, string> & Partial<Record<Optional<E>, string>>
>;
