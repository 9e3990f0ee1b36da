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
  /** A simulation found a promise broken. */
  violation: 5,
  /** A bug of ours. */
  bug: 70,
  /** Stopped by Ctrl-C or `weir stop`, cleanly. */
  stopped: 130,
} as const;

/** The same for people, in the help. */
export const EXIT_CODES = `Exit codes:
  0    done
  1    the flow is wrong, a test failed, a file is not formatted
  2    the command line is wrong
  3    a requirement of the flow was not met
  4    something in the world is wrong: a missing file, a held lock, a full disk
  5    a simulation found a promise broken
  70   a bug of Weir
  130  stopped by Ctrl-C or weir stop`;
