import type { JsonObject } from '@tributary/contract/json';
import type { Deployment as DeploymentNoun } from '@tributary/contract/nouns/deployment';
import type { ScheduleCreateInput } from '@tributary/contract/nouns/schedule';

import type { FlowLike } from './flow-definition.ts';

/** Identifies a deployment, even if another copy of this module created it. */
export const deploymentBrand: unique symbol = Symbol.for('tributary.deployment');

/** A schedule that the author's code defines for a deployment. */
export type ScheduleDefinition = Pick<ScheduleCreateInput, 'schedule' | 'active'> & {
  readonly slug: string;
  readonly parameters: JsonObject;
};

/** A deployment that the author's code defines with `deployFactory`. A member is null if its option was left out. */
export interface DeploymentDefinition {
  readonly [deploymentBrand]: true;
  readonly name: string;
  readonly flow: FlowLike;
  readonly parameters: JsonObject;
  readonly schedules: readonly ScheduleDefinition[];
  readonly paused: boolean | null;
  readonly tags: readonly string[];
  readonly description: string | null;
  readonly version: string | null;
  readonly pool: string | null;
  readonly queue: string | null;
  readonly concurrencyLimit: {
    readonly limit: number;
    readonly collisionStrategy: 'ENQUEUE' | 'CANCEL_NEW' | null;
    /** in seconds */
    readonly gracePeriod: number | null;
  } | null;
  readonly jobVariables: JsonObject;
  /** files that count as the deployment's code: globs relative to the file that defines the deployment */
  readonly inputs: readonly string[];
  /** fields that people may change on the engine, by the names that a plan prints */
  readonly keepLive: readonly string[];
  /** whether no deploy may delete the deployment */
  readonly protect: boolean;
  /**
   * Sends this deployment to the engine. Call this method in a script that imports the deployment.
   * @returns the deployment as the server stores it
   */
  apply(options?: ApplyOptions): Promise<DeploymentNoun>;
}

/** Options of a deployment's `.apply()`. */
export interface ApplyOptions {
  /**
   * how many runs of this deployment's work queue may be underway at once
   * @default the queue's limit isn't changed
   */
  readonly workQueueConcurrency?: number;
}

/** True for a deployment that `deployFactory` created, even in another copy of this module. */
export function isDeployment(value: unknown): value is DeploymentDefinition {
  return typeof value === 'object' && value !== null && deploymentBrand in value;
}
