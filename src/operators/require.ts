import { scalarFunctions } from '../engine/columnar/functions/all.ts';
import { interpretExpression } from '../engine/columnar/interpret.ts';
import type { EvaluationReport } from '../engine/contract/evaluation.ts';
import type { RowValue } from '../engine/contract/function.ts';
import { defineOperator } from '../engine/contract/operator.ts';
import { optional, required } from '../engine/contract/parameter.ts';
import { columnsOf } from './support/schema.ts';

export const requireGate = defineOperator({
  name: 'require',
  summary: 'Lets what comes in pass only if figures of reports are good enough.',
  details:
    'A figure that is undefined does not meet any requirement. Shut, the run ends with exit code 3 and what stands behind is left out; with `else: skip` only what stands behind is left out.',
  params: {
    gate: required('gate', 'What must hold, of figures of reports.', { position: 0 }),
    else: optional('choice', 'What a shut gate means.', { choices: ['fail', 'skip'], default: 'fail' }),
  },
  takes: ['model', 'transform', 'report'],
  examples: [
    {
      title: 'Good enough to be released',
      flow: 'require card.auroc >= 0.67 and card.ece <= 0.05',
      from: 'gb',
      schema: 'p: float, soon: bool, age: float',
      setup:
        'let prep = pipeline { | normalize { age = zscore } }\nlet fitted = rows | fit prep\nlet gb = rows | apply fitted | train gbdt, label: soon\nlet card = rows | evaluate p, label: soon, metrics: [auroc, ece]',
    },
  ],
  check: ({ input }) => ({ out: input }),
  execution: {
    mode: 'control',
    async run({ params, values, text }) {
      const figures: Record<string, RowValue> = {};
      for (const { name, content } of values('gate')) {
        const { metrics } = content.json as unknown as EvaluationReport;
        for (const [metric, value] of Object.entries(metrics)) figures[`${name}.${metric}`] = value;
      }
      const open = interpretExpression(params.gate, figures, scalarFunctions()) === true;
      const read = columnsOf([params.gate]);
      const shown = read.map(name => `${name} = ${shownFigure(figures[name] ?? null)}`).join(', ');
      const details = Object.fromEntries(read.map(name => [name, (figures[name] ?? null) as number | null]));
      if (open) return { outcome: 'pass', note: `requirement met: ${shown}`, details };
      const note = `requirement not met: ${text('gate')}; ${shown}`;
      return { outcome: params.else === 'skip' ? 'stop' : 'fail', note, details };
    },
  },
});

function shownFigure(value: RowValue): string {
  return typeof value === 'number' ? String(Number(value.toFixed(4))) : 'undefined';
}
