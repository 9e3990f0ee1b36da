import { ExpressionGrammar } from './expression-grammar.ts';
import * as t from './tokens.ts';

/** Types with their ranges, and what is declared by one: fields of schemas, parameters. */
export class TypeGrammar extends ExpressionGrammar {
  protected readonly member = this.RULE('member', (isRegistered?: boolean) => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.DotDot);
          // Alone it takes over what a registered schema has besides; elsewhere its name is missing.
          if (isRegistered === true && !(this.next(t.Name) && this.onSameLine())) return;
          this.CONSUME(t.Name);
        },
      },
      {
        ALT: () => {
          this.CONSUME1(t.Name);
          this.colon('A field of a schema');
          this.SUBRULE(this.type);
          this.MANY(() => this.SUBRULE(this.annotation));
        },
      },
    ]);
  });

  protected readonly annotation = this.RULE('annotation', () => {
    this.CONSUME(t.AnnotationName);
    this.OPTION(() => this.SUBRULE(this.callArguments));
  });

  /** `by: column = id` */
  protected readonly parameter = this.RULE('parameter', () => {
    const name = this.CONSUME(t.Name);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Colon);
          this.SUBRULE(this.type);
        },
      },
      {
        GATE: () => [t.Assign, t.Comma, t.ParenClose].includes(this.LA(1).tokenType),
        ALT: () => this.slip('E141', { name: name.image }),
      },
    ]);
    this.OPTION(() => {
      this.CONSUME(t.Assign);
      this.SUBRULE(this.expression);
    });
  });

  protected readonly parameters = this.RULE('parameters', () => {
    this.CONSUME(t.ParenOpen);
    this.MANY(() => {
      this.SUBRULE(this.parameter);
      this.OPTION(() => this.CONSUME(t.Comma));
      this.comma(t.ParenClose);
    });
    this.CONSUME(t.ParenClose);
  });

  protected readonly type = this.RULE('type', () => {
    this.CONSUME(t.Name);
    this.OPTION(() => {
      this.CONSUME(t.Less);
      this.SUBRULE(this.type);
      this.CONSUME(t.Greater);
    });
    this.OPTION1(() => {
      this.CONSUME(t.ParenOpen);
      this.MANY(() => {
        this.SUBRULE(this.expression);
        this.OPTION2(() => this.CONSUME(t.Comma));
        this.comma(t.ParenClose);
      });
      this.CONSUME(t.ParenClose);
    });
    this.OPTION3(() => {
      this.CONSUME(t.BracketOpen);
      this.MANY1(() => {
        this.SUBRULE(this.dimension);
        this.OPTION4(() => this.CONSUME1(t.Comma));
        this.comma(t.BracketClose);
      });
      this.CONSUME(t.BracketClose);
    });
    this.OPTION5(() => this.CONSUME(t.Question));
    this.OPTION6(() => this.SUBRULE(this.typeRange));
  });

  protected readonly dimension = this.RULE('dimension', () => {
    this.OR([{ ALT: () => this.CONSUME(t.Name) }, { ALT: () => this.CONSUME(t.IntLiteral) }]);
  });

  /** `in 0..120`, `in 1..`: bounds are literals, so that a field may follow on the next line. */
  protected readonly typeRange = this.RULE('typeRange', () => {
    this.CONSUME(t.In);
    this.OPTION(() => this.SUBRULE(this.bound));
    this.CONSUME(t.DotDot);
    this.OPTION1({ GATE: () => this.onSameLine(), DEF: () => this.SUBRULE1(this.bound) });
  });

  protected readonly bound = this.RULE('bound', () => {
    this.OPTION(() => this.CONSUME(t.Minus));
    this.OR([
      { ALT: () => this.CONSUME(t.IntLiteral) },
      { ALT: () => this.CONSUME(t.FloatLiteral) },
      { ALT: () => this.CONSUME(t.DateLiteral) },
      { ALT: () => this.CONSUME(t.DurationLiteral) },
      { ALT: () => this.CONSUME(t.Parameter) },
    ]);
  });
}
