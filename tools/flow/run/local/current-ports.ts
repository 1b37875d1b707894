import { AsyncLocalStorage } from 'node:async_hooks';

import type { DeploymentPort, EnginePort } from '../engine-port.ts';
import type { PausePort } from '../pause/pause-port.ts';

/** Where artifacts go. */
export type ArtifactPort = Pick<EnginePort, 'artifact' | 'updateArtifact'>;

const artifacts = new AsyncLocalStorage<ArtifactPort>();
const deployments = new AsyncLocalStorage<DeploymentPort>();
const pauses = new AsyncLocalStorage<PausePort>();

/** @returns the stubs of the calling code, which `withDeployments` in testing.ts sets */
export function currentDeploymentPort(): DeploymentPort | undefined {
  return deployments.getStore();
}

/** Runs the body with this port in place of an engine. */
export function withDeploymentPort<Result>(port: DeploymentPort, body: () => Result): Result {
  return deployments.run(port, body);
}

/** @returns the port that answers pauses of the calling code, which `withInput` in testing.ts sets */
export function currentPausePort(): PausePort | undefined {
  return pauses.getStore();
}

/** Runs the body with this port in place of an engine. */
export function withPausePort<Result>(port: PausePort, body: () => Result): Result {
  return pauses.run(port, body);
}

/** @returns the port that collects artifacts of the calling code, which `withArtifacts` in testing.ts sets */
export function currentArtifactPort(): ArtifactPort | undefined {
  return artifacts.getStore();
}

/** Runs the body with this port in place of an engine. */
export function withArtifactPort<Result>(port: ArtifactPort, body: () => Result): Result {
  return artifacts.run(port, body);
}
