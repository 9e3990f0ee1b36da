/** What a script can tell from the exit code alone. */
export const EXIT = {
  ok: 0,
  /** The flow is wrong: diagnostics, a failed test, a file that is not formatted. */
  flow: 1,
  /** The command line is wrong. */
  usage: 2,
  /** A `require` was not met. */
  requirement: 3,
  /** The world is wrong: a missing file, a held lock, a full disk. */
  world: 4,
  /** A bug of ours. */
  bug: 70,
  /** Stopped by Ctrl-C, cleanly. */
  stopped: 130,
} as const;
