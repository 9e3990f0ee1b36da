/**
 * Codes of refused rows and records, as `weir explain-error` tells them. The reason beside a code names field and rule, never
 * the value.
 */
export type RowErrorCode = 'R411' | 'R412' | 'R413' | 'R414' | 'R415' | 'R416' | 'R417' | 'R418' | 'R419' | 'R420';
