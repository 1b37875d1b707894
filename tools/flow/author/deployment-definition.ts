import type { JsonObject } from '@tributary/contract/json';
import type { Deployment as DeploymentNoun } from '@tributary/contract/nouns/deployment';

import type { FlowLike } from '../run/flow-definition.ts';
import type { ScheduleDefinition } from './schedules.ts';

export const deploymentBrand: unique symbol = Symbol.for('tributary.deployment');

/** What `deployFactory` returned: a deployment as the code wants it. */
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
  /** null: `tributary` */
  readonly pool: string | null;
  /** null: `default` */
  readonly queue: string | null;
  readonly concurrencyLimit: {
    readonly limit: number;
    readonly collisionStrategy: 'ENQUEUE' | 'CANCEL_NEW' | null;
    /** seconds */
    readonly gracePeriod: number | null;
  } | null;
  readonly jobVariables: JsonObject;
  /** Sends this one deployment to the engine. */
  apply(options?: ApplyOptions): Promise<DeploymentNoun>;
}

export interface ApplyOptions {
  /** how many runs of this deployment's queue may be underway at once */
  readonly workQueueConcurrency?: number;
}

/** Recognises deployments of another copy of this module too. */
export function isDeployment(value: unknown): value is DeploymentDefinition {
  return typeof value === 'object' && value !== null && deploymentBrand in value;
}
