import { expect, it } from 'vitest';
import { parseOptions } from '../../../benchmarks/partitions/options.ts';

it('takes counts upward, each once, and always measures one partition', () => {
  const options = parseOptions(['--partitions', '8,2,2', '--log', 'kafka', '--rows', '5000', '--rate', '100']);
  expect(options).toMatchObject({
    what: 'measure',
    asked: { log: 'kafka', partitions: [1, 2, 8], rows: 5000, rounds: 3, rate: 100 },
    json: null,
  });
});

it('compares two files', () => {
  expect(parseOptions(['--compare', 'a.json', 'b.json'])).toEqual({ what: 'compare', files: ['a.json', 'b.json'] });
});

it.each([
  [['--partitions', '0'], '--partitions is a whole number from 1 to 128'],
  [['--partitions', '2,x'], '--partitions is a whole number'],
  [['--rows', '10'], '--rows is a whole number from 1000'],
  [['--rounds', '1.5'], '--rounds is a whole number'],
  [['--log', 'paper'], '--log is embedded or kafka'],
  [['--compare', 'a.json'], '--compare takes two files'],
  [['a.json'], '"a.json" belongs to no option'],
])('refuses %j', (args, words) => {
  expect(() => parseOptions(args)).toThrow(words);
});
