import { ensureManifests } from '../../../src/engine/runtime/stream/manifest-log.ts';
import { memoryDriver } from '../log/memory-driver.ts';
import { StreamProcesses } from './process.ts';
import { twiceFlow } from './twice-flow.ts';

/** Of the flow whose streams are begun here. */
export const ROWS = 100;
export const plan = twiceFlow(ROWS);

export async function fresh(): Promise<StreamProcesses> {
  return new StreamProcesses(await memoryDriver('in memory').create(), 10_000);
}
/** In mid-course, as a process that has died left it. */
export async function begun(): Promise<StreamProcesses> {
  const processes = await fresh();
  await processes.run({ plan, partitions: 4, dieAt: 32 });
  return processes;
}
/** As a process left it that drained it. */
export async function drained(): Promise<StreamProcesses> {
  const processes = await begun();
  const { outcome } = await processes.run({ plan, partitions: 4, drain: true });
  if (outcome?.left !== 'drained') throw new Error(`the stream was not drained, but ${outcome?.left}`);
  return processes;
}
export const manifestOf = async (processes: StreamProcesses) =>
  (await ensureManifests(await processes.client(), 'twice')).manifest;
