import { AsyncLocalStorage } from 'node:async_hooks';

import type { DeploymentPort } from '../engine-port.ts';

const storage = new AsyncLocalStorage<DeploymentPort>();

/** What stands in for deployments here; see `withDeployments` in testing.ts. */
export function currentDeploymentPort(): DeploymentPort | undefined {
  return storage.getStore();
}

export function withDeploymentPort<Result>(port: DeploymentPort, body: () => Result): Result {
  return storage.run(port, body);
}
