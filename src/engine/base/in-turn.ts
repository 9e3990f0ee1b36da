/** Work that is done one after another, in the order it was asked for; what fails holds nobody up. */
export class InTurn {
  #before: Promise<unknown> = Promise.resolve();

  do<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#before.then(work);
    this.#before = result.catch(() => {});
    return result;
  }
}
