// Loaded before the script by with-node.mjs, which holds the other end of the channel: the two are one process to whoever
// started it, however one of them ends.
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  // A launcher that was killed can tell nobody; the system closes its end. The log must be free then, as if we had been killed.
  const end = () => process.kill(process.pid, 'SIGKILL');
  process.on('disconnect', end);
  process.on('message', ({ signal }) => {
    // What has a listener for the signal listens to messages as well, since a Ctrl-C reaches both of us.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  });
  if (process.connected) process.channel.unref();
  else end();
}
