import type { FlowRunRequest } from '../../run/engine-port.ts';
import { type Stub, withStubDeployments } from '../../run/local/stub-deployment-port.ts';
import type { Deployments } from './deployments.ts';

/** What a stand-in is told besides the parameters. */
export type StubbedCall = Pick<FlowRunRequest, 'name' | 'tags' | 'job_variables' | 'state'>;

/** Stands in for a deployment: what it returns is the run's result, and what it throws fails the run. */
export type DeploymentStub<Parameters> = (parameters: Parameters, call: StubbedCall) => unknown;

export type DeploymentStubs<Registry> = { readonly [Name in keyof Registry]?: DeploymentStub<Registry[Name]> };

/** Types withDeployments for a registry of deployments. */
export interface WithDeployments<Registry> {
  /**
   * Runs the body, in which runDeployment calls these functions in the place of deployments: no server is needed.
   * A name that is not among them is as unknown as on a server.
   */
  <Result>(stubs: DeploymentStubs<Registry>, body: () => Result | Promise<Result>): Promise<Result>;
  /** The same for names that are not in the registry. */
  unchecked<Result>(
    stubs: Readonly<Record<string, DeploymentStub<Readonly<Record<string, unknown>>>>>,
    body: () => Result | Promise<Result>,
  ): Promise<Result>;
}

export const withDeployments: WithDeployments<Deployments> = Object.assign(replaced, { unchecked: replaced });

function replaced<Result>(stubs: object, body: () => Result | Promise<Result>): Promise<Result> {
  const named = Object.entries(stubs).flatMap(([name, stub]): [string, Stub][] => (isStub(stub) ? [[name, stub]] : []));
  return withStubDeployments(new Map(named), body);
}

function isStub(value: unknown): value is Stub {
  return typeof value === 'function';
}
