import type { FlowTest } from '../../dsl/compile.ts';
import { assert } from '../../engine/base/assert.ts';
import { sha256 } from '../../engine/base/sha256.ts';
import type { Expression } from '../../engine/contract/expression.ts';
import type { RowValue } from '../../engine/contract/function.ts';
import { defineLearner } from '../../engine/contract/learner.ts';
import type { Scorer, SideValue } from '../../engine/contract/operator.ts';
import { fieldOf, type Schema } from '../../engine/contract/types.ts';
import type { ModelContent, TransformContent } from '../../engine/contract/value.ts';
import type { Plan, RegistryNode } from '../../engine/plan/plan.ts';

/** Name of the learner that answers for a model in a test, and of its one feature: which answer fits the row. */
export const STAND_IN = 'given in a test';
const ANSWER = 'answer';

type Answers = FlowTest['models'][number]['answers'];

/**
 * A model that gives the answers written in a test: the first whose fields are those of the row, none where no one fits
 * (a null probability). It is an ordinary model value; its transform works out which answer fits.
 */
export function standInModel(plan: Plan, node: RegistryNode, answers: Answers): SideValue {
  const input = scoredSchema(plan, node);
  const classes = classesOf(node);
  const transform: TransformContent = {
    name: STAND_IN,
    input,
    steps: [{ kind: 'derive', assignments: [{ name: ANSWER, value: answerIndex(answers, input) }] }],
    features: [ANSWER],
  };
  const model: ModelContent = {
    learner: STAND_IN,
    params: {},
    features: [ANSWER],
    classes,
    transform,
    transformHash: sha256(transform),
    threshold: null,
    trainedOn: STAND_IN,
    recipe: { flow: plan.flow.name, text: '', rows: 0 },
    history: {},
    learned: answers.map(answer => classes.map(value => answer.probabilities[String(value)] ?? 0)),
  };
  return { name: node.binding, hash: sha256(model), version: 'test', content: { json: model as never, bytes: {} } };
}

/** The learner behind `standInModel`; it scores and never learns. */
export const standInLearner = defineLearner({
  name: STAND_IN,
  summary: 'Answers for a model in a test.',
  params: {},
  examples: [],
  multiclass: true,
  step: () => assertNever(),
  merge: () => assertNever(),
  scorer: model => new GivenAnswers(model.learned as readonly (readonly number[])[]),
});

function assertNever(): never {
  assert(false, 'a model given in a test is not trained');
}

class GivenAnswers implements Scorer {
  readonly #answers: readonly (readonly number[])[];
  constructor(answers: readonly (readonly number[])[]) {
    this.#answers = answers;
  }
  probabilities(features: readonly Float64Array[], rows: number, out: readonly Float64Array[]): void {
    for (let row = 0; row < rows; row++) {
      const answer = this.#answers[features[0][row]];
      for (let one = 0; one < out.length; one++) out[one][row] = answer?.[one] ?? Number.NaN;
    }
  }
  contributions(features: readonly Float64Array[], rows: number, out: readonly Float64Array[]): Float64Array {
    out[0].set(this.margins(features, rows));
    return new Float64Array(rows);
  }
  margins(features: readonly Float64Array[], rows: number): Float64Array {
    return Float64Array.from({ length: rows }, (_, row) => {
      const p = this.#answers[features[0][row]]?.at(-1) ?? Number.NaN;
      return Math.log(p / (1 - p));
    });
  }
}

function classesOf(node: RegistryNode): readonly (boolean | string)[] {
  return node.predicts.kind === 'enum' ? node.predicts.values : [false, true];
}

/** `case(field == value and …, 0, …, -1)` over the fields the answers name. */
function answerIndex(answers: Answers, input: Schema): Expression {
  const int = { kind: 'int' } as const;
  const bool = { kind: 'bool' } as const;
  const number = (value: number): Expression => ({ op: 'literal', type: int, nullable: false, value });
  const call = (fn: string, type: typeof int | typeof bool, args: readonly Expression[]): Expression => ({
    op: 'call',
    fn,
    type,
    nullable: false,
    args,
  });
  const fits = (name: string, value: RowValue): Expression => {
    const field = fieldOf(input, name);
    assert(field !== undefined, 'the compiler has checked the fields of an answer');
    const column: Expression = { op: 'column', name, type: field.type, nullable: field.nullable };
    if (value === null) return call('is_null', bool, [column]);
    const literal: Expression = { op: 'literal', type: field.type, nullable: false, value: value as never };
    const equal: Expression = { op: 'call', fn: 'eq', type: bool, nullable: field.nullable, args: [column, literal] };
    const no: Expression = { op: 'literal', type: bool, nullable: false, value: false };
    return field.nullable ? call('coalesce', bool, [equal, no]) : equal;
  };
  return answers.reduceRight<Expression>((otherwise, answer, index) => {
    const conditions = Object.entries(answer.where).map(([name, value]) => fits(name, value));
    if (conditions.length === 0) return number(index);
    return call('if', int, [conditions.reduce((a, b) => call('and', bool, [a, b])), number(index), otherwise]);
  }, number(-1));
}

/** The rows the model is asked about. */
function scoredSchema(plan: Plan, node: RegistryNode): Schema {
  for (const stage of plan.nodes) {
    if (
      stage.kind !== 'stage' ||
      !Object.values(stage.sides)
        .flat()
        .some(side => side.node === node.id)
    )
      continue;
    const rows = plan.nodes.find(one => one.id === stage.input.node)?.ports[stage.input.port];
    if (rows?.kind === 'rows') return rows.schema;
  }
  return { fields: [] };
}
