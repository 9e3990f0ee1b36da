/** What is known about one code. The compiler refuses an entry without an explanation or examples. */
export interface CatalogueEntry {
  /** A few words, for lists and page titles. */
  readonly title: string;
  /** The sentence shown, with `{slots}` filled from the details. */
  readonly message: string;
  /** How to mend it, with `{slots}`; null where nothing general can be said. Empty after filling: no hint. */
  readonly hint: string | null;
  /** A paragraph or two for `weir explain-error`: why it is refused, and what would happen otherwise. */
  readonly explanation: string;
  /** A few lines that provoke it. */
  readonly bad: string;
  /** The same, mended. */
  readonly good: string;
}

type SlotsOf<T extends string> = T extends `${string}{${infer Slot}}${infer Rest}` ? Slot | SlotsOf<Rest> : never;

/** Names of the slots an entry's templates ask for. */
export type DetailsOf<E extends { readonly message: string; readonly hint: string | null }> = Readonly<
  Record<SlotsOf<E['message']> | (E['hint'] extends string ? SlotsOf<E['hint']> : never), string>
>;
