import { AsyncLocalStorage } from 'node:async_hooks';

import type { PausePort } from '../pause/pause-port.ts';

const storage = new AsyncLocalStorage<PausePort>();

/** @returns the port that answers pauses of the calling code, which `withInput` in testing.ts sets */
export function currentPausePort(): PausePort | undefined {
  return storage.getStore();
}

/** Runs the body with this port in place of an engine. */
export function withPausePort<Result>(port: PausePort, body: () => Result): Result {
  return storage.run(port, body);
}
