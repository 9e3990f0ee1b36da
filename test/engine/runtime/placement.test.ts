import { expect, it } from 'vitest';
import { systemClock } from '../../../src/engine/base/system-clock.ts';
import { LogError } from '../../../src/engine/contract/log.ts';
import { createMemoryLog } from '../../../src/engine/log/memory-log.ts';
import type { TaskStart } from '../../../src/engine/runtime/executor.ts';
import type { JobContext } from '../../../src/engine/runtime/job-context.ts';
import { Placement } from '../../../src/engine/runtime/stream/placement.ts';
import type { StreamResult, StreamTaskSpec } from '../../../src/engine/runtime/stream/stream-spec.ts';
import { runStreamTasks } from '../../../src/engine/runtime/stream/stream-tasks.ts';
import type { TaskOrder } from '../../../src/engine/runtime/task-spec.ts';
import { record } from '../../conformance/log/helpers.ts';

interface Life {
  readonly task: string;
  readonly orders: string[];
  end(how: StreamResult['how']): void;
}

/** Two tasks of one chain, of which a test ends the lives as it likes. */
function stream(placement: Placement, options: { untilCaughtUp?: boolean } = {}) {
  const log = createMemoryLog({ clock: systemClock }).session();
  const lives: Life[] = [];
  let onStop: () => void = () => undefined;
  const start = ({ spec }: TaskStart) => {
    const result = Promise.withResolvers<StreamResult>();
    const { chain, partition } = spec as StreamTaskSpec;
    const end = (how: StreamResult['how']) => result.resolve({ how, counts: [], already: false });
    const life: Life = { task: `${chain.id}/${partition}`, orders: [], end };
    lives.push(life);
    const order = ({ kind }: TaskOrder) => {
      life.orders.push(kind);
      if (kind === 'stop') end('stopped');
    };
    return { result: result.promise, order, abort: () => undefined };
  };
  const context = {
    clock: systemClock,
    signal: new AbortController().signal,
    untilCaughtUp: options.untilCaughtUp ?? false,
    executor: { size: 1, start },
    note: () => undefined,
    tell: () => undefined,
    onStop: (stop: () => void) => (onStop = stop),
  };
  const specs = [0, 1].map(partition => ({
    flow: 'flow',
    chain: { id: 'a' },
    partition,
    input: { kind: 'splits' },
    upstreams: [],
  }));
  const run = runStreamTasks(
    context as unknown as JobContext,
    { kind: 'stream', id: 'stream', needs: [], chains: [] },
    log,
    specs as unknown as readonly StreamTaskSpec[],
    new Map(),
    placement,
  );
  return { run, lives, log, stop: () => onStop() };
}
const life = async (lives: readonly Life[], count: number): Promise<Life> => {
  await expect.poll(() => lives.length).toBe(count);
  return lives[count - 1];
};

it('a task that another process has is waited for, and counts as it ended there', async () => {
  const { run, lives, log } = stream(Placement.of(['a/0']));
  (await life(lives, 1)).end('ended');
  const there = await log.open({ flow: 'flow', chain: 'a', partition: 1 });
  await there.commit({ record: { ...record, counts: { 'a:in': 1 } }, outputs: [], deltas: [] });
  await there.commit({ record: { ...record, ended: true }, outputs: [], deltas: [] });
  expect(await run).toMatchObject([{ how: 'ended' }, { how: 'ended', already: false }]);
  expect(lives.map(({ task }) => task)).toEqual(['a/0']);
});

it('a task that goes elsewhere is stopped at a commit, and goes on when it comes back', async () => {
  const placement = Placement.of(['a/0', 'a/1']);
  const { run, lives } = stream(placement);
  const [zero, one] = [await life(lives, 2).then(() => lives[0]), lives[1]];
  placement.assign(['a/0']);
  await expect.poll(() => one.orders).toEqual(['stop']);
  expect(zero.orders).toEqual([]);
  placement.assign(['a/1', 'a/0']);
  const again = await life(lives, 3);
  expect(again.task).toBe('a/1');
  zero.end('ended');
  again.end('ended');
  expect(await run).toMatchObject([{ how: 'ended' }, { how: 'ended' }]);
});

it('a run that only catches up does not wait for the tasks of others', async () => {
  const { run, lives } = stream(Placement.of(['a/1']), { untilCaughtUp: true });
  (await life(lives, 1)).end('caught-up');
  expect(await run).toMatchObject([{ how: 'caught-up' }, { how: 'caught-up' }]);
});

it('a stop ends the wait for tasks that are elsewhere', async () => {
  const { run, lives, stop } = stream(Placement.of(['a/0']));
  await life(lives, 1);
  stop();
  expect(await run).toMatchObject([{ how: 'stopped' }, { how: 'stopped' }]);
});

it('a run whose group will not have it back ends with the reason', async () => {
  const placement = Placement.of(['a/0', 'a/1']);
  const { run, lives } = stream(placement);
  await life(lives, 2);
  placement.assign([]);
  placement.lose(new LogError('plan', 'another plan'));
  await expect(run).rejects.toMatchObject({ code: 'plan' });
});
