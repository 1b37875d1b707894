import { AsyncLocalStorage } from 'node:async_hooks';

import type { DeploymentPort } from '../engine-port.ts';

const storage = new AsyncLocalStorage<DeploymentPort>();

/** @returns the stubs of the calling code, which `withDeployments` in testing.ts sets */
export function currentDeploymentPort(): DeploymentPort | undefined {
  return storage.getStore();
}

/** Runs the body with this port in place of an engine. */
export function withDeploymentPort<Result>(port: DeploymentPort, body: () => Result): Result {
  return storage.run(port, body);
}
