import type { Schema, Type } from './types.ts';

const text: Type = { kind: 'string' };

/**
 * Rows of a dead-letter topic, and of a source's `.bad`. `stage` is null for a record that could not be read. `raw` is the
 * record as it came where that is text, else it is empty and `raw_base64` has it. Of a row refused by a later stage it is the
 * row as that stage got it, as JSON; behind an exchange or a kept table nobody knows its record any more: `split` is empty and
 * `record` 0. `phi`: the bytes are a patient's where the rows are.
 */
export function deadLetterSchema(phi: boolean): Schema {
  const personal = phi ? { phi: true as const } : {};
  return {
    fields: [
      { name: 'source', type: text, nullable: false },
      { name: 'stage', type: text, nullable: true },
      { name: 'code', type: text, nullable: false },
      { name: 'reason', type: text, nullable: false },
      { name: 'split', type: text, nullable: false },
      { name: 'record', type: { kind: 'int' }, nullable: false },
      { name: 'raw', type: text, nullable: false, ...personal },
      { name: 'raw_base64', type: text, nullable: true, ...personal },
    ],
  };
}

/** Of a topic, where the letters of several sources may come together. */
export const DEAD_LETTER_SCHEMA: Schema = deadLetterSchema(true);
