import { SYNTAX } from './syntax.ts';

export const CATALOGUE = { ...SYNTAX } as const;

export type DiagnosticCode = keyof typeof CATALOGUE;
