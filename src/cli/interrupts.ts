/**
 * Calls `listener` at each Ctrl-C or SIGTERM with how many there have been; gives what ends that. The launcher that may stand
 * in front of this process (bin/with-node.mjs) tells of the signals it got: a Ctrl-C at a terminal reaches both and counts once.
 */
export function onInterrupt(listener: (times: number) => void): () => void {
  let [received, told, times] = [0, 0, 0];
  const count = (): void => {
    while (times < Math.max(received, told)) listener(++times);
  };
  const onSignal = (): void => {
    received++;
    count();
  };
  const onMessage = (message: unknown): void => {
    const { signal } = (message ?? {}) as { readonly signal?: unknown };
    if (signal !== 'SIGINT' && signal !== 'SIGTERM') return;
    told++;
    count();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('message', onMessage);
  return () => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('message', onMessage);
  };
}
