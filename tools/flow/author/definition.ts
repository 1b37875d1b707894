import type { JsonObject } from '@tributary/contract/json';
import type { Deployment as DeploymentNoun } from '@tributary/contract/nouns/deployment';
import type { State } from '@tributary/contract/nouns/state';
import type { z } from 'zod';

import type { RunInfo } from '../run/context.ts';
import type { Origin } from '../run/origin.ts';
import type { NameRun } from './run-name.ts';
import type { ScheduleDefinition } from './schedules.ts';

const flowBrand: unique symbol = Symbol.for('tributary.flow');
const deploymentBrand: unique symbol = Symbol.for('tributary.deployment');

/** Called after a run has ended, with its run and last state. What it throws is logged and changes nothing. */
export type FlowHook = (run: RunInfo, state: State) => unknown;

/** What the framework knows of a flow. Durations are seconds. */
export interface FlowDefinition {
  readonly name: string;
  readonly description: string | null;
  /** none: the flow takes no parameters */
  readonly parameters: z.ZodObject | null;
  /** null: the run keeps the name that the engine gave it */
  readonly runName: NameRun | null;
  readonly retries: number;
  readonly retryDelay: number;
  readonly timeout: number | null;
  readonly hooks: {
    readonly onCompletion: readonly FlowHook[];
    readonly onFailure: readonly FlowHook[];
    readonly onCancellation: readonly FlowHook[];
    readonly onCrashed: readonly FlowHook[];
  };
  /** the author's function; parameters are parsed */
  readonly body: (parameters: never) => unknown;
  readonly origin: Origin;
}

/** Anything that carries a flow's definition: what `flow()` returned. */
export interface FlowLike {
  readonly [flowBrand]: FlowDefinition;
}

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

export { deploymentBrand, flowBrand };

/** @returns undefined when the value is no flow; recognises flows of another copy of this module */
export function flowOf(value: unknown): FlowDefinition | undefined {
  return typeof value === 'function' && flowBrand in value ? (value as FlowLike)[flowBrand] : undefined;
}

/** Recognises deployments of another copy of this module too. */
export function isDeployment(value: unknown): value is DeploymentDefinition {
  return typeof value === 'object' && value !== null && deploymentBrand in value;
}
