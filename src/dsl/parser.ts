import type { CstNode, IRecognitionException, IToken } from 'chevrotain';
import type { Slip } from './forgiving-parser.ts';
import { StageGrammar } from './stage-grammar.ts';
import * as t from './tokens.ts';

/**
 * The grammar, from its statements down: LL(2), with Chevrotain's recovery and with productions for the commonest slips. Input is
 * what `retagTokens` leaves: keywords marked, brackets balanced.
 */
class FlowParser extends StageGrammar {
  constructor() {
    super();
    this.performSelfAnalysis();
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
    const isRegistered = this.OPTION(() => {
      this.CONSUME(t.FromWord);
      this.SUBRULE(this.connector);
      return true;
    });
    // Without braces it has all fields; they are no option of the grammar, so that one that is missing elsewhere is put in.
    if (isRegistered === true && !this.next(t.BraceOpen)) return;
    this.CONSUME(t.BraceOpen);
    this.MANY(() => {
      this.SUBRULE(this.member, { ARGS: [isRegistered] });
      this.OPTION1(() => this.CONSUME(t.Comma));
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
