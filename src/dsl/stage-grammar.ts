import { EOF } from 'chevrotain';
import * as t from './tokens.ts';
import { TypeGrammar } from './type-grammar.ts';

/** Pipes: a binding, and stages with their arguments and blocks. */
export class StageGrammar extends TypeGrammar {
  protected readonly pipeline = this.RULE('pipeline', () => {
    this.CONSUME(t.PipelineWord);
    this.OPTION(() => this.SUBRULE(this.parameters));
    this.CONSUME(t.BraceOpen);
    this.SUBRULE(this.stages);
    this.CONSUME(t.BraceClose);
  });

  protected readonly pipe = this.RULE('pipe', () => {
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

  protected readonly binding = this.RULE('binding', () => {
    this.CONSUME(t.Name);
    this.OPTION(() => {
      this.CONSUME(t.Dot);
      this.CONSUME1(t.Name);
    });
  });

  protected readonly stages = this.RULE('stages', () => {
    this.MANY({
      // A word that begins a line at its very edge is no stage without its `|`, but a statement that was misspelt.
      GATE: () => !this.next(t.Name) || this.onSameLine() || this.LA(1).startColumn !== 1,
      DEF: () => this.SUBRULE(this.stage),
    });
  });

  protected readonly stage = this.RULE('stage', () => {
    // A word after a whole stage: its `|` was forgotten.
    this.ACTION(() => {
      if (this.next(t.Name)) this.slip('E115');
    });
    this.OPTION2(() => this.CONSUME(t.Pipe));
    this.CONSUME(t.Name);
    this.OPTION({ GATE: () => !this.next(t.BraceOpen), DEF: () => this.SUBRULE(this.stageArguments) });
    this.OPTION1(() => this.SUBRULE(this.block));
  });

  protected readonly stageArguments = this.RULE('stageArguments', () => {
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
  protected argumentFollows(): boolean {
    if (this.LA(1).tokenType !== t.Name || !this.onSameLine()) return false;
    const after = this.LA(2);
    return (
      after.startLine !== this.LA(1).endLine || [t.Colon, t.Comma, t.Pipe, t.BraceClose, EOF].includes(after.tokenType)
    );
  }

  protected readonly block = this.RULE('block', () => {
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

  protected readonly entry = this.RULE('entry', () => {
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
        GATE: () => this.LA(2).tokenType === t.ParenOpen,
        ALT: () => {
          this.slip('E140');
          this.SUBRULE2(this.expression);
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
  protected readonly sets = this.RULE('sets', () => {
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
}
