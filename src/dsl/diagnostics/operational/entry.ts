/** What can go wrong while a right flow runs: the world is not as the flow says. */
export interface OperationalEntry {
  readonly title: string;
  /** What has happened, and what that means for the data. */
  readonly cause: string;
  /** What to do. */
  readonly hint: string;
}
