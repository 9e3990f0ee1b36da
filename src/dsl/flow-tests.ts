import type { FlowTest } from './compile.ts';
import type { Constant } from './constants.ts';
import type { FlowContext } from './flow-context.ts';
import type { Module } from './modules.ts';
import type { Reporter } from './reporter.ts';

export function compileTests(
  _main: Module,
  _reporter: Reporter,
  _failed: boolean,
  _compile: (overrides: ReadonlyMap<string, Constant>) => FlowContext,
  _sources: ReadonlyMap<string, string>,
): readonly FlowTest[] {
  return [];
}
