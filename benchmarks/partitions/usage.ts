import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The variable that names the file a process writes its usage to. */
export const USAGE_FILE = 'WEIR_BENCHMARK_USAGE';

export interface Usage {
  /** User and system time of all threads. */
  readonly cpuSeconds: number;
  readonly peakMib: number;
}

/** CPU seconds a running process has used so far, which is not a Node; null where the system does not tell it under /proc. */
export function cpuSecondsOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name that may hold anything but ends with the last bracket; utime and stime are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond();
  } catch {
    return null;
  }
}

let ticks = 0;
function ticksPerSecond(): number {
  ticks ||= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return ticks;
}
