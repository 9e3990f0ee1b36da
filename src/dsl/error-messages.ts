import type { IParserErrorMessageProvider, TokenType } from 'chevrotain';

/** What the grammar waits for, said by the rule it is in, where a list of tokens would not help. */
export const EXPECTED_IN: Readonly<Record<string, string>> = Object.freeze({
  file: 'a statement, such as `let` or `sink`',
  statement: 'a statement, such as `let` or `sink`',
  letStatement: 'a stream, as in `rows | where …`, or `pipeline { … }`',
  step: 'a stream or a `$parameter`',
  member: 'a field, as in `age: int`',
  dimension: 'a size or a letter',
  bound: 'a number',
  stage: 'a stage, as in `| where …`',
  stageArguments: 'an argument',
  argument: 'an argument',
  named: '`:`',
  pair: 'a member, as in `name: value`',
  block: 'a field, as in `name = value`',
  entry: 'a field, as in `name = value`',
  sets: '`=`',
  expression: 'an operator',
  operator: 'an operator',
  operand: 'a value',
  primary: 'a value',
});

const label = (type: TokenType): string => type.LABEL ?? type.name;

/** Messages hold only what was expected; `parse.ts` makes the diagnostic, with what was found. */
export const errorMessages: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, ruleName }) =>
    expected.name === 'BraceClose' && ruleName === 'testStatement'
      ? 'a step: `given`, `expect` or `advance`'
      : expected.name === 'EOF'
        ? (EXPECTED_IN['file'] ?? '')
        : named(label(expected), ruleName),
  buildNotAllInputParsedMessage: () => EXPECTED_IN['file'] ?? '',
  buildNoViableAltMessage: ({ ruleName }) => EXPECTED_IN[ruleName] ?? 'something else',
  buildEarlyExitMessage: ({ ruleName }) => EXPECTED_IN[ruleName] ?? 'something else',
};

function named(what: string, ruleName: string): string {
  if (what !== 'a name') return what;
  if (ruleName === 'stage') return "an operator's name";
  if (ruleName === 'type') return 'a type, such as `int` or `string`';
  if (ruleName === 'connector') return 'a connector, such as `file("…")`';
  if (ruleName === 'pipe' || ruleName === 'binding') return 'the name of a stream';
  return what;
}
