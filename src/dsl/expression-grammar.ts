import { ForgivingParser } from './forgiving-parser.ts';
import * as t from './tokens.ts';

/** Expressions, and what is written like a call. An expression is a flat row of operands and operators; `climb.ts` gives it its tree. */
export class ExpressionGrammar extends ForgivingParser {
  protected readonly expression = this.RULE('expression', () => {
    this.SUBRULE(this.operand);
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            this.CONSUME(t.DotDot);
            // `1..` may end here; its other end stands on the same line, and is not the block of the stage.
            this.OPTION({
              GATE: () => this.onSameLine() && !this.next(t.BraceOpen),
              DEF: () => this.SUBRULE1(this.operand),
            });
          },
        },
        {
          ALT: () => {
            this.SUBRULE(this.operator);
            this.SUBRULE2(this.operand);
          },
        },
      ]);
    });
  });

  protected readonly operator = this.RULE('operator', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Star) },
      { ALT: () => this.CONSUME(t.Slash) },
      { ALT: () => this.CONSUME(t.Percent) },
      { ALT: () => this.CONSUME(t.Plus) },
      { ALT: () => this.CONSUME(t.Minus) },
      { ALT: () => this.CONSUME(t.Coalesce) },
      { ALT: () => this.CONSUME(t.Equal) },
      { ALT: () => this.CONSUME(t.NotEqual) },
      { ALT: () => this.CONSUME(t.AtMost) },
      { ALT: () => this.CONSUME(t.AtLeast) },
      { ALT: () => this.CONSUME(t.Less) },
      { ALT: () => this.CONSUME(t.Greater) },
      { ALT: () => this.CONSUME(t.In) },
      {
        ALT: () => {
          this.CONSUME(t.Not);
          this.CONSUME1(t.In);
        },
      },
      { ALT: () => this.CONSUME(t.And) },
      { ALT: () => this.CONSUME(t.Or) },
      {
        ALT: () => {
          this.slip('E111');
          this.CONSUME(t.Assign);
        },
      },
    ]);
  });

  protected readonly operand = this.RULE('operand', () => {
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(t.Minus) },
        { ALT: () => this.CONSUME(t.Not) },
        { ALT: () => this.CONSUME(t.DotDot) },
      ]);
    });
    this.SUBRULE(this.primary);
    this.MANY1(() => {
      this.CONSUME(t.Dot);
      this.CONSUME(t.Name);
    });
  });

  protected readonly primary = this.RULE('primary', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.IntLiteral) },
      { ALT: () => this.CONSUME(t.FloatLiteral) },
      { ALT: () => this.CONSUME(t.StringLiteral) },
      { ALT: () => this.CONSUME(t.DurationLiteral) },
      { ALT: () => this.CONSUME(t.SizeLiteral) },
      { ALT: () => this.CONSUME(t.DateLiteral) },
      { ALT: () => this.CONSUME(t.True) },
      { ALT: () => this.CONSUME(t.False) },
      { ALT: () => this.CONSUME(t.Null) },
      { ALT: () => this.CONSUME(t.Parameter) },
      {
        ALT: () => {
          this.CONSUME(t.Name);
          this.OPTION(() => this.SUBRULE(this.callArguments));
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.ParenOpen);
          this.SUBRULE(this.expression);
          this.CONSUME(t.ParenClose);
        },
      },
      { ALT: () => this.SUBRULE(this.list) },
      { ALT: () => this.SUBRULE(this.record) },
    ]);
  });

  protected readonly callArguments = this.RULE('callArguments', () => {
    this.CONSUME(t.ParenOpen);
    this.MANY(() => {
      this.SUBRULE(this.argument);
      this.OPTION(() => this.CONSUME(t.Comma));
      this.comma(t.ParenClose);
    });
    this.CONSUME(t.ParenClose);
  });

  protected readonly argument = this.RULE('argument', () => {
    this.OR([
      { GATE: () => this.LA(2).tokenType === t.Colon, ALT: () => this.SUBRULE(this.named) },
      { ALT: () => this.SUBRULE(this.expression) },
    ]);
  });

  protected readonly named = this.RULE('named', () => {
    this.CONSUME(t.Name);
    this.colon('An argument or option');
    this.SUBRULE(this.expression);
  });

  protected readonly list = this.RULE('list', () => {
    this.CONSUME(t.BracketOpen);
    this.MANY(() => {
      this.SUBRULE(this.expression);
      this.OPTION(() => this.CONSUME(t.Comma));
      this.comma(t.BracketClose);
    });
    this.CONSUME(t.BracketClose);
  });

  protected readonly record = this.RULE('record', () => {
    this.CONSUME(t.BraceOpen);
    this.MANY(() => {
      this.SUBRULE(this.pair);
      this.OPTION(() => this.CONSUME(t.Comma));
      this.separated(t.BraceClose);
    });
    this.CONSUME(t.BraceClose);
  });

  protected readonly pair = this.RULE('pair', () => {
    this.OR([{ ALT: () => this.CONSUME(t.Name) }, { ALT: () => this.CONSUME(t.StringLiteral) }]);
    this.colon('A member of a record');
    this.SUBRULE(this.expression);
  });
}
