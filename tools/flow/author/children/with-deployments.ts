import type { FlowRunRequest } from '../../run/engine-port.ts';
import { type Stub, withStubDeployments } from '../../run/local/stub-deployment-port.ts';
import type { Deployments } from './deployment-registry.ts';

/** The facts of a requested run that a stub gets besides the parameters. */
export type StubbedCall = Pick<FlowRunRequest, 'name' | 'tags' | 'job_variables' | 'state' | 'work_queue_name'>;

/** A function that replaces a deployment in a test. Its return value is the run's result. If it throws an error, the run fails. */
export type DeploymentStub<Parameters> = (parameters: Parameters, call: StubbedCall) => unknown;

/** A stub for each deployment that a test runs, by name. */
export type DeploymentStubs<Registry> = { readonly [Name in keyof Registry]?: DeploymentStub<Registry[Name]> };

/** The type of {@link withDeployments} for a registry of deployments. */
export interface WithDeployments<Registry> {
  /**
   * Runs the body; in it, runDeployment calls these stubs and needs no server. A name without a stub is an unknown deployment.
   * @returns what the body returned
   * @example
   * await withDeployments({ 'dbt-command-flow/nightly': () => ({ nodes: 2 }) }, () => load({ baseUrl }));
   */
  <Result>(stubs: DeploymentStubs<Registry>, body: () => Result | Promise<Result>): Promise<Result>;
  /** Runs the body like {@link withDeployments}, with stubs for names that aren't in the registry. */
  unchecked<Result>(
    stubs: Readonly<Record<string, DeploymentStub<Readonly<Record<string, unknown>>>>>,
    body: () => Result | Promise<Result>,
  ): Promise<Result>;
}

/** Stubs deployments in a test. */
export const withDeployments: WithDeployments<Deployments> = Object.assign(replaced, { unchecked: replaced });

function replaced<Result>(stubs: object, body: () => Result | Promise<Result>): Promise<Result> {
  const named = Object.entries(stubs).flatMap(([name, stub]): [string, Stub][] => (isStub(stub) ? [[name, stub]] : []));
  return withStubDeployments(new Map(named), body);
}

function isStub(value: unknown): value is Stub {
  return typeof value === 'function';
}
