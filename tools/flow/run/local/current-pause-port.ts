import { AsyncLocalStorage } from 'node:async_hooks';

import type { PausePort } from '../pause/pause-port.ts';

const storage = new AsyncLocalStorage<PausePort>();

/** Who resumes runs here; see `withInput` in testing.ts. */
export function currentPausePort(): PausePort | undefined {
  return storage.getStore();
}

export function withPausePort<Result>(port: PausePort, body: () => Result): Result {
  return storage.run(port, body);
}
