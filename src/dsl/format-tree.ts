import type { CstNode, IToken } from 'chevrotain';
import { climb, type Operation } from './climb.ts';
import { cstTokens, node, nodes, orderedChildren, token } from './cst.ts';
import type { Trivia } from './format-comments.ts';
import {
  concat,
  type Doc,
  fill,
  group,
  HARD_LINE,
  hang,
  hasBreak,
  indent,
  inRow,
  LINE,
  type Separator,
  SOFT_LINE,
  SPACE,
  stages,
} from './format-doc.ts';
import { meaning } from './token-meaning.ts';
import * as t from './tokens.ts';

type Child = CstNode | IToken;

/** A whole file as a document; the tree has no errors, so every part is there. */
export function fileDoc(file: CstNode, trivia: Trivia): Doc {
  const builder = new Builder(trivia);
  return inRow(nodes(file, 'statement').flatMap(item => [builder.any(item), HARD_LINE]));
}

class Builder {
  private readonly trivia: Trivia;

  constructor(trivia: Trivia) {
    this.trivia = trivia;
  }

  any(child: Child): Doc {
    if (!isNode(child)) return leaf(child);
    const layout = LAYOUTS[child.name];
    return layout === undefined ? this.words(child) : layout(this, child);
  }

  /** Parts with spaces between. */
  words(cst: CstNode): Doc {
    return spaced(
      orderedChildren(cst)
        .filter(holds)
        .map(child => this.any(child)),
    );
  }
  /** Parts right beside each other. */
  joined(cst: CstNode): Doc {
    return concat(
      ...orderedChildren(cst)
        .filter(holds)
        .map(child => this.any(child)),
    );
  }

  /** `head { items }`: braces, parentheses or brackets with what they hold, and the parts before and after. */
  container(cst: CstNode, open: string, close: string, braces: boolean): { inner: Doc; open: IToken; close: IToken } {
    const opened = token(cst, open)!;
    const closed = cstTokens(cst, close).at(-1)!;
    const items = orderedChildren(cst)
      .filter(holds)
      .filter(child => start(child) > opened.startOffset && start(child) < closed.startOffset)
      .filter(child => isNode(child) || child.tokenType !== t.Comma);
    return { inner: this.enclosed(opened, items, closed, braces), open: opened, close: closed };
  }

  enclosed(open: IToken, items: readonly Child[], close: IToken, braces: boolean): Doc {
    const edge = braces ? LINE : SOFT_LINE;
    const commented = this.trivia.between(open, close);
    if (items.length === 0 && !commented) return concat(leaf(open), leaf(close));
    const seps = items.slice(1).map((item, i): Separator => {
      const hard = firstToken(item).startLine !== lastToken(items[i]!).endLine;
      const records =
        !braces && lastToken(items[i]!).tokenType === t.BraceClose && firstToken(item).tokenType === t.BraceOpen;
      const step = isNode(item) && item.name === 'step';
      return { comma: !step && !(records && open.tokenType === t.BracketOpen), keeps: !braces, hard, operator: [] };
    });
    const first = items[0];
    const broken =
      commented ||
      (first !== undefined && firstToken(first).startLine !== open.endLine) ||
      (braces && seps.some(sep => sep.hard)) ||
      items.some(item => isNode(item) && item.name === 'step');
    const staged = items.some(item => isNode(item) && item.name === 'stage');
    const content = staged
      ? this.stages(items.filter(isNode), false)
      : fill(
          items.map(item => this.any(item)),
          seps,
        );
    const inner = items.length === 0 ? [] : [edge, content];
    return group(
      concat(leaf(open), indent(concat(...inner)), edge, leaf(close)),
      broken || (staged && hasBreak(content)),
    );
  }

  stages(all: readonly CstNode[], lead: boolean): Doc {
    return stages(
      all.map((item, i) => {
        const pipe = token(item, 'Pipe')!;
        const before = i > 0 ? lastToken(all[i - 1]!).endLine : null;
        return { pipe, doc: this.stage(item), hard: before !== null && before !== pipe.startLine };
      }),
      lead,
    );
  }

  private stage(cst: CstNode): Doc {
    const given = node(cst, 'stageArguments');
    const block = node(cst, 'block');
    const parts = [leaf(token(cst, 'Name')!)];
    if (given !== null) {
      const args = nodes(given, 'argument');
      const seps = args.slice(1).map((arg, i): Separator => {
        const hard = firstToken(arg).startLine !== lastToken(args[i]!).endLine;
        return { comma: true, keeps: true, hard, operator: [] };
      });
      parts.push(
        indent(
          fill(
            args.map(arg => this.any(arg)),
            seps,
            true,
          ),
        ),
      );
    }
    if (block !== null) parts.push(this.any(block));
    return spaced(parts);
  }

  /** A pipe: the head, then its stages, on its line or on lines of their own. */
  pipe(cst: CstNode): Doc {
    const head = node(cst, 'binding')!;
    const list = nodes(node(cst, 'stages') ?? cst, 'stage');
    const [first] = list;
    if (first === undefined) return this.any(head);
    const built = this.stages(list, true);
    if (built.kind !== 'stages') return built;
    const hard = token(first, 'Pipe')!.startLine !== lastToken(head).endLine;
    return concat(this.any(head), stages([{ ...built.stages[0]!, hard }, ...built.stages.slice(1)], true));
  }

  expression(cst: CstNode): Doc {
    const tree = climb(cst);
    return tree === null ? this.words(cst) : this.operation(tree);
  }

  private operation(tree: Operation): Doc {
    switch (tree.kind) {
      case 'operand':
        return concat(this.any(tree.primary), ...tree.members.map(leaf));
      case 'prefix': {
        const sign = leaf(tree.sign);
        const of = this.operation(tree.of);
        return meaning(tree.sign) === t.Not ? concat(sign, SPACE, of) : concat(sign, of);
      }
      case 'range': {
        const low = tree.low === null ? [] : [this.operation(tree.low)];
        const high = tree.high === null ? [] : [this.operation(tree.high)];
        return concat(...low, leaf(tree.sign), ...high);
      }
      case 'infix':
        return this.chain(tree);
    }
  }

  /** Operators of one strength in a row: conditions one to a line where they do not fit, sums and products filled. */
  private chain(tree: Operation & { kind: 'infix' }): Doc {
    const strength = STRENGTH.get(meaning(tree.signs[0]!)) ?? 'other';
    const rest: { signs: readonly IToken[]; doc: Doc }[] = [];
    let at: Operation = tree;
    while (at.kind === 'infix' && (STRENGTH.get(meaning(at.signs[0]!)) ?? 'other') === strength) {
      rest.unshift({ signs: at.signs, doc: this.operation(at.right) });
      at = at.left;
      if (strength === 'other') break;
    }
    const first = this.operation(at);
    // A comparison stays together; its sides may break inside.
    if (strength === 'other') return spaced([first, ...rest.flatMap(({ signs, doc }) => [...signs.map(leaf), doc])]);
    if (strength !== 'or' && strength !== 'and') {
      const seps = rest.map(
        ({ signs, doc }): Separator => ({ comma: false, keeps: false, hard: hasBreak(doc), operator: signs }),
      );
      return fill([first, ...rest.map(item => item.doc)], seps);
    }
    const broken = hasBreak(first) || rest.some(item => hasBreak(item.doc));
    const lines = rest.flatMap(({ signs, doc }) => [LINE, ...signs.flatMap(sign => [leaf(sign), SPACE]), doc]);
    return group(concat(first, hang(inRow(lines))), broken);
  }
}

type Strength = 'or' | 'and' | 'coalesce' | 'sum' | 'product';
const STRENGTH: ReadonlyMap<unknown, Strength> = new Map<unknown, Strength>([
  [t.Or, 'or'],
  [t.And, 'and'],
  [t.Coalesce, 'coalesce'],
  [t.Plus, 'sum'],
  [t.Minus, 'sum'],
  [t.Star, 'product'],
  [t.Slash, 'product'],
  [t.Percent, 'product'],
]);

/** How each rule of the grammar is laid out; others are words with spaces between. */
const LAYOUTS: Readonly<Record<string, (build: Builder, cst: CstNode) => Doc>> = Object.freeze({
  importStatement: (build: Builder, cst: CstNode) => {
    const { inner } = build.container(cst, 'BraceOpen', 'BraceClose', true);
    return spaced([
      leaf(token(cst, 'ImportWord')!),
      inner,
      leaf(token(cst, 'FromWord')!),
      leaf(token(cst, 'StringLiteral')!),
    ]);
  },
  schemaStatement: (build: Builder, cst: CstNode) => {
    const from = node(cst, 'connector');
    if (from === null) return braced(build, cst, ['SchemaWord', 'Name']);
    const words = ['SchemaWord', 'Name', 'FromWord'].map(name => leaf(token(cst, name)!));
    const inner = token(cst, 'BraceOpen') === null ? [] : [braced(build, cst, [])];
    return spaced([...words, build.any(from), ...inner]);
  },
  testStatement: (build: Builder, cst: CstNode) => braced(build, cst, ['TestWord', 'StringLiteral']),
  options: (build: Builder, cst: CstNode) => braced(build, cst, []),
  block: (build: Builder, cst: CstNode) => {
    const list = node(cst, 'stages');
    if (list === null) return braced(build, cst, []);
    return build.enclosed(token(cst, 'BraceOpen')!, nodes(list, 'stage'), token(cst, 'BraceClose')!, true);
  },
  record: (build: Builder, cst: CstNode) => braced(build, cst, []),
  fnStatement: (build: Builder, cst: CstNode) =>
    spaced([
      leaf(token(cst, 'FnWord')!),
      concat(leaf(token(cst, 'Name')!), build.any(node(cst, 'parameters')!)),
      leaf(token(cst, 'Assign')!),
      build.any(node(cst, 'expression')!),
    ]),
  letStatement: (build: Builder, cst: CstNode) => assigned(build, cst, 'LetWord'),
  sinkStatement: (build: Builder, cst: CstNode) => assigned(build, cst, 'SinkWord'),
  pipeline: (build: Builder, cst: CstNode) => {
    const list = nodes(node(cst, 'stages') ?? cst, 'stage');
    const head = leaf(token(cst, 'PipelineWord')!);
    const params = node(cst, 'parameters');
    return spaced([
      params === null ? head : concat(head, build.any(params)),
      build.enclosed(token(cst, 'BraceOpen')!, list, token(cst, 'BraceClose')!, true),
    ]);
  },
  pipe: (build: Builder, cst: CstNode) => build.pipe(cst),
  binding: (build: Builder, cst: CstNode) => build.joined(cst),
  connector: (build: Builder, cst: CstNode) => build.joined(cst),
  annotation: (build: Builder, cst: CstNode) => build.joined(cst),
  member: (build: Builder, cst: CstNode) => {
    const dots = token(cst, 'DotDot');
    if (dots !== null) return build.joined(cst);
    const parts = [node(cst, 'type')!, ...nodes(cst, 'annotation')].map(part => build.any(part));
    return spaced([labelled(cst, 'Name'), ...parts]);
  },
  parameter: (build: Builder, cst: CstNode) => {
    const value = node(cst, 'expression');
    const parts = [labelled(cst, 'Name'), build.any(node(cst, 'type')!)];
    return spaced(value === null ? parts : [...parts, leaf(token(cst, 'Assign')!), build.any(value)]);
  },
  named: (build: Builder, cst: CstNode) => spaced([labelled(cst, 'Name'), build.any(node(cst, 'expression')!)]),
  pair: (build: Builder, cst: CstNode) =>
    spaced([
      labelled(cst, token(cst, 'Name') === null ? 'StringLiteral' : 'Name'),
      build.any(node(cst, 'expression')!),
    ]),
  parameters: (build: Builder, cst: CstNode) => build.container(cst, 'ParenOpen', 'ParenClose', false).inner,
  callArguments: (build: Builder, cst: CstNode) => build.container(cst, 'ParenOpen', 'ParenClose', false).inner,
  list: (build: Builder, cst: CstNode) => build.container(cst, 'BracketOpen', 'BracketClose', false).inner,
  type: (build: Builder, cst: CstNode) => {
    const parts = [leaf(token(cst, 'Name')!)];
    const item = node(cst, 'type');
    if (item !== null) parts.push(leaf(token(cst, 'Less')!), build.any(item), leaf(token(cst, 'Greater')!));
    if (token(cst, 'ParenOpen') !== null) {
      const values = nodes(cst, 'expression');
      parts.push(build.enclosed(token(cst, 'ParenOpen')!, values, token(cst, 'ParenClose')!, false));
    }
    if (token(cst, 'BracketOpen') !== null) {
      const shape = nodes(cst, 'dimension');
      parts.push(build.enclosed(token(cst, 'BracketOpen')!, shape, token(cst, 'BracketClose')!, false));
    }
    const question = token(cst, 'Question');
    if (question !== null) parts.push(leaf(question));
    const range = node(cst, 'typeRange');
    return range === null ? concat(...parts) : spaced([concat(...parts), build.any(range)]);
  },
  typeRange: (build: Builder, cst: CstNode) => {
    const [word, ...bounds] = orderedChildren(cst);
    return spaced([build.any(word!), concat(...bounds.map(bound => build.any(bound)))]);
  },
  bound: (build: Builder, cst: CstNode) => build.joined(cst),
  argument: (build: Builder, cst: CstNode) => build.any(orderedChildren(cst)[0]!),
  entry: (build: Builder, cst: CstNode) => {
    const value = node(cst, 'expression');
    const all = token(cst, 'AllFields');
    const target =
      token(cst, 'BracketOpen') === null
        ? leaf(all ?? token(cst, 'Name')!)
        : build.enclosed(token(cst, 'BracketOpen')!, cstTokens(cst, 'Name'), token(cst, 'BracketClose')!, false);
    return value === null ? target : spaced([target, build.any(node(cst, 'sets')!), build.any(value)]);
  },
  step: (build: Builder, cst: CstNode) =>
    spaced(
      orderedChildren(cst)
        .filter(child => isNode(child) || child.tokenType !== t.Comma)
        .map(child => build.any(child)),
    ),
  expression: (build: Builder, cst: CstNode) => build.expression(cst),
  primary: (build: Builder, cst: CstNode) => build.joined(cst),
});

function braced(build: Builder, cst: CstNode, before: readonly string[]): Doc {
  const { inner } = build.container(cst, 'BraceOpen', 'BraceClose', true);
  return spaced([...before.map(name => leaf(token(cst, name)!)), inner]);
}
function assigned(build: Builder, cst: CstNode, word: string): Doc {
  const pipeline = node(cst, 'pipeline');
  const head = [leaf(token(cst, word)!), leaf(token(cst, 'Name')!), leaf(token(cst, 'Assign')!)];
  if (pipeline !== null) return spaced([...head, build.any(pipeline)]);
  return spaced([head[0]!, indent(spaced([...head.slice(1), build.any(node(cst, 'pipe')!)]))]);
}
/** `name:` */
function labelled(cst: CstNode, name: string): Doc {
  return concat(leaf(token(cst, name)!), leaf(token(cst, 'Colon')!));
}

const isNode = (child: Child): child is CstNode => 'name' in child;
const leaf = (token: IToken): Doc => ({ kind: 'token', token });
/** Optional rules that matched nothing hold no token, and have no place. */
const holds = (child: Child): boolean => !isNode(child) || !Number.isNaN(child.location?.startOffset ?? Number.NaN);
const start = (child: Child): number => firstToken(child).startOffset;
function spaced(parts: readonly Doc[]): Doc {
  return inRow(parts.flatMap((part, i) => (i === 0 ? [part] : [SPACE, part])));
}
function firstToken(child: Child): IToken {
  if (!isNode(child)) return child;
  return firstToken(orderedChildren(child).filter(holds)[0]!);
}
function lastToken(child: Child): IToken {
  if (!isNode(child)) return child;
  return lastToken(orderedChildren(child).filter(holds).at(-1)!);
}
