import {
  type CstNode,
  CstParser,
  createTokenInstance,
  EOF,
  type IRecognitionException,
  type IToken,
  type TokenType,
} from 'chevrotain';
import { errorMessages } from './error-messages.ts';
import { VOCABULARY } from './lexer.ts';
import * as t from './tokens.ts';

/** A slip the grammar itself knows: reported with a code of its own, and parsed as what was meant. */
export interface Slip {
  readonly code: 'E111' | 'E112' | 'E113' | 'E114' | 'E115' | 'E131' | 'E138';
  readonly token: IToken;
  readonly details: Readonly<Record<string, string>>;
}

/**
 * The grammar: LL(2), with Chevrotain's recovery and with productions for the commonest slips. An expression is a flat row of
 * operands and operators; `climb.ts` gives it its tree. Input is what `retagTokens` leaves: keywords marked, brackets balanced.
 */
class FlowParser extends CstParser {
  slips: Slip[] = [];

  constructor() {
    super(VOCABULARY, {
      recoveryEnabled: true,
      nodeLocationTracking: 'full',
      maxLookahead: 2,
      errorMessageProvider: errorMessages,
    });
    this.performSelfAnalysis();
  }

  /** A token of the next line is not taken for a misplaced one: entries and stages mostly keep to their line. */
  protected override canTokenTypeBeDeletedInRecovery(_type: TokenType): boolean {
    return this.LA(1).endLine === this.LA(2).startLine;
  }
  /** A token made up stands right after the one before it, so that places of nodes stay within the text. */
  protected override getTokenToInsert(type: TokenType): IToken {
    const before = this.LA(0);
    const at = (before.endOffset ?? -1) + 1;
    const line = before.endLine ?? 1;
    const column = (before.endColumn ?? 0) + 1;
    const made = createTokenInstance(type, '', at, at - 1, line, line, column, column);
    made.isInsertedInRecovery = true;
    return made;
  }

  private slip(code: Slip['code'], details: Slip['details'] = {}): void {
    this.ACTION(() => {
      this.slips.push({ code, token: this.LA(1), details });
    });
  }
  private next(type: TokenType): boolean {
    return this.LA(1).tokenType === type;
  }
  private onSameLine(): boolean {
    return this.LA(1).startLine === this.LA(0).endLine;
  }
  /** Entries in braces part by a comma or a line end. */
  private separated(close: TokenType): void {
    this.ACTION(() => {
      if (this.next(close) || this.next(EOF) || this.LA(0).tokenType === t.Comma) return;
      if (this.onSameLine()) this.slip('E114');
    });
  }
  /** Arguments and list items part by commas only; records in a list need none. */
  private comma(close: TokenType): void {
    this.ACTION(() => {
      if (this.next(close) || this.next(EOF) || this.LA(0).tokenType === t.Comma) return;
      if (this.next(t.BraceOpen) && this.LA(0).tokenType === t.BraceClose) return;
      this.slip('E114');
    });
  }

  readonly file = this.RULE('file', () => {
    this.MANY(() => this.SUBRULE(this.statement));
  });

  private readonly statement = this.RULE('statement', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.flowLine) },
      { ALT: () => this.SUBRULE(this.importStatement) },
      { ALT: () => this.SUBRULE(this.paramStatement) },
      { ALT: () => this.SUBRULE(this.schemaStatement) },
      { ALT: () => this.SUBRULE(this.fnStatement) },
      { ALT: () => this.SUBRULE(this.sourceStatement) },
      { ALT: () => this.SUBRULE(this.modelStatement) },
      { ALT: () => this.SUBRULE(this.scheduleStatement) },
      { ALT: () => this.SUBRULE(this.letStatement) },
      { ALT: () => this.SUBRULE(this.sinkStatement) },
      { ALT: () => this.SUBRULE(this.testStatement) },
    ]);
  });

  private readonly flowLine = this.RULE('flowLine', () => {
    this.CONSUME(t.FlowWord);
    this.CONSUME(t.Name);
    this.CONSUME(t.Version);
  });
  private readonly importStatement = this.RULE('importStatement', () => {
    this.CONSUME(t.ImportWord);
    this.CONSUME(t.BraceOpen);
    this.MANY(() => {
      this.CONSUME(t.Name);
      this.OPTION(() => this.CONSUME(t.Comma));
      this.separated(t.BraceClose);
    });
    this.CONSUME(t.BraceClose);
    this.CONSUME(t.FromWord);
    this.CONSUME(t.StringLiteral);
  });
  private readonly paramStatement = this.RULE('paramStatement', () => {
    this.CONSUME(t.ParamWord);
    this.SUBRULE(this.parameter);
  });
  private readonly schemaStatement = this.RULE('schemaStatement', () => {
    this.CONSUME(t.SchemaWord);
    this.CONSUME(t.Name);
    this.CONSUME(t.BraceOpen);
    this.MANY(() => {
      this.SUBRULE(this.member);
      this.OPTION(() => this.CONSUME(t.Comma));
      this.separated(t.BraceClose);
    });
    this.CONSUME(t.BraceClose);
  });
  private readonly fnStatement = this.RULE('fnStatement', () => {
    this.CONSUME(t.FnWord);
    this.CONSUME(t.Name);
    this.SUBRULE(this.parameters);
    this.CONSUME(t.Assign);
    this.SUBRULE(this.expression);
  });
  private readonly sourceStatement = this.RULE('sourceStatement', () => {
    this.CONSUME(t.SourceWord);
    this.SUBRULE(this.connected);
  });
  private readonly modelStatement = this.RULE('modelStatement', () => {
    this.CONSUME(t.ModelWord);
    this.SUBRULE(this.connected);
  });
  private readonly scheduleStatement = this.RULE('scheduleStatement', () => {
    this.CONSUME(t.ScheduleWord);
    this.SUBRULE(this.connected);
  });
  /** `vitals = topic("ehr.vitals") { format: json }` */
  private readonly connected = this.RULE('connected', () => {
    this.CONSUME(t.Name);
    this.CONSUME(t.Assign);
    this.SUBRULE(this.connector);
    this.OPTION(() => this.SUBRULE(this.options));
  });
  private readonly connector = this.RULE('connector', () => {
    this.CONSUME(t.Name);
    this.SUBRULE(this.callArguments);
  });
  private readonly options = this.RULE('options', () => {
    this.CONSUME(t.BraceOpen);
    this.MANY(() => {
      this.SUBRULE(this.named);
      this.OPTION(() => this.CONSUME(t.Comma));
      this.separated(t.BraceClose);
    });
    this.CONSUME(t.BraceClose);
  });
  private readonly letStatement = this.RULE('letStatement', () => {
    this.CONSUME(t.LetWord);
    this.CONSUME(t.Name);
    this.CONSUME(t.Assign);
    this.OR([{ ALT: () => this.SUBRULE(this.pipeline) }, { ALT: () => this.SUBRULE(this.pipe) }]);
  });
  private readonly sinkStatement = this.RULE('sinkStatement', () => {
    this.CONSUME(t.SinkWord);
    this.CONSUME(t.Name);
    this.CONSUME(t.Assign);
    this.SUBRULE(this.pipe);
  });
  private readonly testStatement = this.RULE('testStatement', () => {
    this.CONSUME(t.TestWord);
    this.CONSUME(t.StringLiteral);
    this.CONSUME(t.BraceOpen);
    this.MANY(() => this.SUBRULE(this.step));
    this.CONSUME(t.BraceClose);
  });
  private readonly step = this.RULE('step', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.GivenWord);
          this.OR1([{ ALT: () => this.CONSUME(t.Parameter) }, { ALT: () => this.SUBRULE(this.binding) }]);
          this.SUBRULE(this.expression);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.ExpectWord);
          this.SUBRULE1(this.binding);
          this.SUBRULE1(this.expression);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.AdvanceWord);
          this.SUBRULE2(this.expression);
        },
      },
    ]);
    this.OPTION(() => this.CONSUME(t.Comma));
  });

  private readonly member = this.RULE('member', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.DotDot);
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
  private readonly annotation = this.RULE('annotation', () => {
    this.CONSUME(t.AnnotationName);
    this.OPTION(() => this.SUBRULE(this.callArguments));
  });
  /** `by: column = id` */
  private readonly parameter = this.RULE('parameter', () => {
    this.CONSUME(t.Name);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.type);
    this.OPTION(() => {
      this.CONSUME(t.Assign);
      this.SUBRULE(this.expression);
    });
  });
  private readonly parameters = this.RULE('parameters', () => {
    this.CONSUME(t.ParenOpen);
    this.MANY(() => {
      this.SUBRULE(this.parameter);
      this.OPTION(() => this.CONSUME(t.Comma));
      this.comma(t.ParenClose);
    });
    this.CONSUME(t.ParenClose);
  });

  private readonly type = this.RULE('type', () => {
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
  private readonly dimension = this.RULE('dimension', () => {
    this.OR([{ ALT: () => this.CONSUME(t.Name) }, { ALT: () => this.CONSUME(t.IntLiteral) }]);
  });
  /** `in 0..120`, `in 1..`: bounds are literals, so that a field may follow on the next line. */
  private readonly typeRange = this.RULE('typeRange', () => {
    this.CONSUME(t.In);
    this.OPTION(() => this.SUBRULE(this.bound));
    this.CONSUME(t.DotDot);
    this.OPTION1({ GATE: () => this.onSameLine(), DEF: () => this.SUBRULE1(this.bound) });
  });
  private readonly bound = this.RULE('bound', () => {
    this.OPTION(() => this.CONSUME(t.Minus));
    this.OR([
      { ALT: () => this.CONSUME(t.IntLiteral) },
      { ALT: () => this.CONSUME(t.FloatLiteral) },
      { ALT: () => this.CONSUME(t.DateLiteral) },
      { ALT: () => this.CONSUME(t.DurationLiteral) },
      { ALT: () => this.CONSUME(t.Parameter) },
    ]);
  });

  private readonly pipeline = this.RULE('pipeline', () => {
    this.CONSUME(t.PipelineWord);
    this.OPTION(() => this.SUBRULE(this.parameters));
    this.CONSUME(t.BraceOpen);
    this.SUBRULE(this.stages);
    this.CONSUME(t.BraceClose);
  });
  private readonly pipe = this.RULE('pipe', () => {
    this.SUBRULE(this.binding);
    // `let visits = file("…")`: rows from outside need a `source`.
    this.OPTION({
      GATE: () => this.onSameLine(),
      DEF: () => {
        this.ACTION(() => {
          const token = this.LA(0);
          this.slips.push({ code: 'E131', token, details: { found: `\`${token.image}(…)\`` } });
        });
        this.SUBRULE(this.callArguments);
      },
    });
    this.SUBRULE(this.stages);
  });
  private readonly binding = this.RULE('binding', () => {
    this.CONSUME(t.Name);
    this.OPTION(() => {
      this.CONSUME(t.Dot);
      this.CONSUME1(t.Name);
    });
  });
  private readonly stages = this.RULE('stages', () => {
    this.MANY({
      // A word that begins a line at its very edge is no stage without its `|`, but a statement that was misspelt.
      GATE: () => !this.next(t.Name) || this.onSameLine() || this.LA(1).startColumn !== 1,
      DEF: () => this.SUBRULE(this.stage),
    });
  });
  private readonly stage = this.RULE('stage', () => {
    // A word after a whole stage: its `|` was forgotten.
    this.ACTION(() => {
      if (this.next(t.Name)) this.slip('E115');
    });
    this.OPTION2(() => this.CONSUME(t.Pipe));
    this.CONSUME(t.Name);
    this.OPTION({ GATE: () => !this.next(t.BraceOpen), DEF: () => this.SUBRULE(this.stageArguments) });
    this.OPTION1(() => this.SUBRULE(this.block));
  });
  private readonly stageArguments = this.RULE('stageArguments', () => {
    this.SUBRULE(this.argument);
    this.MANY({
      GATE: () => this.next(t.Comma) || this.argumentFollows(),
      DEF: () => {
        this.ACTION(() => {
          if (!this.next(t.Comma)) this.slip('E114');
        });
        this.OPTION(() => this.CONSUME(t.Comma));
        this.SUBRULE1(this.argument);
      },
    });
  });
  /** A comma was forgotten between two arguments of a stage: `name:` follows, or a word with nothing of its own after it. */
  private argumentFollows(): boolean {
    if (this.LA(1).tokenType !== t.Name || !this.onSameLine()) return false;
    const after = this.LA(2);
    return (
      after.startLine !== this.LA(1).endLine || [t.Colon, t.Comma, t.Pipe, t.BraceClose, EOF].includes(after.tokenType)
    );
  }
  private readonly argument = this.RULE('argument', () => {
    this.OR([
      { GATE: () => this.LA(2).tokenType === t.Colon, ALT: () => this.SUBRULE(this.named) },
      { ALT: () => this.SUBRULE(this.expression) },
    ]);
  });
  private readonly named = this.RULE('named', () => {
    this.CONSUME(t.Name);
    this.colon('An argument or option');
    this.SUBRULE(this.expression);
  });
  /** `:`; or `=` or nothing, which are refused with a hint. */
  private colon(what: string): void {
    this.OR9([
      { ALT: () => this.CONSUME9(t.Colon) },
      {
        ALT: () => {
          this.slip('E113', { what, found: '=', instead: ':' });
          this.CONSUME9(t.Assign);
        },
      },
      { GATE: () => this.next(t.Name) && this.onSameLine(), ALT: () => this.slip('E138', { what }) },
    ]);
  }

  private readonly block = this.RULE('block', () => {
    this.CONSUME(t.BraceOpen);
    // Stages or fields, never both.
    let staged = false;
    this.OPTION({
      GATE: () => this.next(t.Pipe),
      DEF: () => {
        staged = true;
        this.SUBRULE(this.stages);
      },
    });
    this.MANY({
      GATE: () => !staged,
      DEF: () => {
        this.SUBRULE(this.entry);
        this.OPTION1(() => this.CONSUME(t.Comma));
        this.separated(t.BraceClose);
      },
    });
    this.CONSUME(t.BraceClose);
  });
  private readonly entry = this.RULE('entry', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.AllFields);
          this.OPTION5(() => {
            this.SUBRULE5(this.sets);
            this.SUBRULE5(this.expression);
          });
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.BracketOpen);
          this.MANY(() => {
            this.CONSUME(t.Name);
            this.OPTION(() => this.CONSUME(t.Comma));
            this.comma(t.BracketClose);
          });
          this.CONSUME(t.BracketClose);
          this.SUBRULE(this.sets);
          this.SUBRULE(this.expression);
        },
      },
      {
        ALT: () => {
          this.CONSUME1(t.Name);
          this.OPTION1(() => {
            this.SUBRULE1(this.sets);
            this.SUBRULE1(this.expression);
          });
        },
      },
    ]);
  });
  /** `=`; or `==` and `:`, which are refused with a hint. */
  private readonly sets = this.RULE('sets', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Assign) },
      {
        ALT: () => {
          this.slip('E112');
          this.CONSUME(t.Equal);
        },
      },
      {
        ALT: () => {
          this.slip('E113', { what: 'A field of a block', found: ':', instead: '=' });
          this.CONSUME(t.Colon);
        },
      },
    ]);
  });

  private readonly expression = this.RULE('expression', () => {
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
  private readonly operator = this.RULE('operator', () => {
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
  private readonly operand = this.RULE('operand', () => {
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
  private readonly primary = this.RULE('primary', () => {
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
  private readonly callArguments = this.RULE('callArguments', () => {
    this.CONSUME(t.ParenOpen);
    this.MANY(() => {
      this.SUBRULE(this.argument);
      this.OPTION(() => this.CONSUME(t.Comma));
      this.comma(t.ParenClose);
    });
    this.CONSUME(t.ParenClose);
  });
  private readonly list = this.RULE('list', () => {
    this.CONSUME(t.BracketOpen);
    this.MANY(() => {
      this.SUBRULE(this.expression);
      this.OPTION(() => this.CONSUME(t.Comma));
      this.comma(t.BracketClose);
    });
    this.CONSUME(t.BracketClose);
  });
  private readonly record = this.RULE('record', () => {
    this.CONSUME(t.BraceOpen);
    this.MANY(() => {
      this.SUBRULE(this.pair);
      this.OPTION(() => this.CONSUME(t.Comma));
      this.separated(t.BraceClose);
    });
    this.CONSUME(t.BraceClose);
  });
  private readonly pair = this.RULE('pair', () => {
    this.OR([{ ALT: () => this.CONSUME(t.Name) }, { ALT: () => this.CONSUME(t.StringLiteral) }]);
    this.colon('A member of a record');
    this.SUBRULE(this.expression);
  });
}

let parser: FlowParser | null = null;

export interface Parsed {
  readonly cst: CstNode;
  readonly errors: readonly IRecognitionException[];
  readonly slips: readonly Slip[];
}

/** Runs the one parser over prepared tokens. Errors are recovered from; the tree holds what could be read. */
export function parseTokens(tokens: IToken[]): Parsed {
  parser ??= new FlowParser();
  parser.slips = [];
  parser.input = tokens;
  const cst = parser.file();
  const { errors, slips } = parser;
  parser.input = [];
  return { cst, errors, slips };
}

/** Names of the grammar's rules, for the test that every rule has its builder. */
export function ruleNames(): readonly string[] {
  parser ??= new FlowParser();
  return Object.keys(parser.getGAstProductions());
}
