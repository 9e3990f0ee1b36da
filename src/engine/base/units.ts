declare const unit: unique symbol;

/** Milliseconds. */
export type Millis = number & { readonly [unit]?: 'ms' };
/** A size in bytes. */
export type Bytes = number & { readonly [unit]?: 'bytes' };
