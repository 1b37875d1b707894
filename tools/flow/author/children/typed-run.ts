import type { DeploymentRun } from '../../run/children/deployment-call.ts';

declare const result: unique symbol;

/** Carries the type of a run's result to `resultOf`: `unknown` if the registry doesn't know it. Only the compiler knows the property. */
export interface Returning<Result> {
  readonly [result]?: Result;
}

export type TypedRun<Result> = DeploymentRun & Returning<Result>;

/** The run of the deployment with this name. */
export type RunOf<Results, Name> = TypedRun<Name extends keyof Results ? Results[Name] : unknown>;
