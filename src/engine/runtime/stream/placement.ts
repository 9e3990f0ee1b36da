/** Which tasks of a stream this process has, as its group places them. */
export class Placement {
  #here: ReadonlySet<string> = new Set();
  #change = Promise.withResolvers<void>();
  readonly #lost = Promise.withResolvers<Error>();

  /** Of tasks that are all here. */
  static of(tasks: Iterable<string>): Placement {
    const placement = new Placement();
    placement.assign(tasks);
    return placement;
  }

  /** `tasks`: labels of all that are here from now on. */
  assign(tasks: Iterable<string>): void {
    this.#here = new Set(tasks);
    const told = this.#change;
    this.#change = Promise.withResolvers();
    told.resolve();
  }
  /** No task will come here any more. */
  lose(why: Error): void {
    this.#lost.resolve(why);
  }
  /** Resolves, with the reason, when that is so. */
  get lost(): Promise<Error> {
    return this.#lost.promise;
  }
  has(task: string): boolean {
    return this.#here.has(task);
  }
  /** Resolves when tasks are placed the next time. */
  get changed(): Promise<void> {
    return this.#change.promise;
  }
}
