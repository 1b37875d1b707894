// Ends this process soon after the one that started it has gone, even by kill -9. Node imports this file before the main file of the process,
// because that belongs to a commit whose framework may be older than this.
import { isMainThread } from 'node:worker_threads';

const end = (): void => void process.kill(process.pid, 'SIGKILL');

if (isMainThread) {
  // Processes that this one forks end by rules of their own.
  process.execArgv.length = 0;
  process.once('disconnect', end);
  // The listener alone must not keep the process alive.
  process.channel?.unref();
  if (!process.connected) end();
}
