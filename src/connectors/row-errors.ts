/** Codes of refused rows and records. The reason beside a code names field and rule, never the value. */
export const ROW_ERRORS = {
  R411: 'The record has another number of fields than the header.',
  R412: 'A quote stands where none may, or is never closed.',
  R413: 'The text is not valid UTF-8.',
  R414: "The text or value is not of the field's type.",
  R415: "The number is outside the field's range, or beyond the whole numbers held exactly (±(2^53−1)).",
  R416: 'A value is missing in a field that is not nullable.',
  R417: "The value is not one of the enum's.",
  R418: 'The record is longer than the limit.',
  R419: 'The record is not a JSON object.',
  R420: 'The record is nested too deeply.',
} as const;

export type RowErrorCode = keyof typeof ROW_ERRORS;
