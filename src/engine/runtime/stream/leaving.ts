/** What the tasks of a stream here have been asked to do, by whoever asks all processes of the flow. */
export class Leaving {
  #stop = false;
  #gaveUp = false;
  #drain: number | null = null;
  #onStop: () => void = () => undefined;
  #onDrain: (drain: number) => void = () => undefined;
  readonly #lost = Promise.withResolvers<Error>();

  /** Called at once where it has been asked already. */
  onStop(stop: () => void): void {
    this.#onStop = stop;
    if (this.#stop) stop();
  }
  onDrain(drain: (drain: number) => void): void {
    this.#onDrain = drain;
    if (this.#drain !== null) drain(this.#drain);
  }
  get isStopping(): boolean {
    return this.#stop;
  }
  /** The drain under way; its number. */
  get draining(): number | null {
    return this.#drain;
  }

  stop(): void {
    this.#stop = true;
    this.#onStop();
  }
  /** One that is under way goes on: tasks that have left by it would wait for another in vain. */
  drain(drain: number): void {
    if (this.#drain !== null) return;
    this.#drain = drain;
    this.#onDrain(drain);
  }
  /** Somebody goes on with what is being drained here: it would never come to an end. */
  giveUp(): void {
    this.#gaveUp = true;
    this.stop();
  }
  get hasGivenUp(): boolean {
    return this.#gaveUp;
  }
  /** The stream goes on elsewhere, in another way. */
  lose(why: Error): void {
    this.#lost.resolve(why);
  }
  /** Resolves, with the reason, when that is so. */
  get lost(): Promise<Error> {
    return this.#lost.promise;
  }
}
