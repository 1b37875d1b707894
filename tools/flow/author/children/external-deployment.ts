import { TributaryError } from '@tributary/contract/error';
import { splitDeploymentName } from '@tributary/contract/name';
import type { z } from 'zod';

/** A deployment from outside of this repository: its name, and what its parameters are. */
export interface ExternalDeployment<Schema extends z.ZodObject> {
  readonly name: string;
  readonly parameters: Schema;
}

/** Names a deployment from outside, a Python flow for one, so that runDeployment can take it: `externalDeployment('py-flow/nightly', z.object({…}))`. */
export function externalDeployment<Schema extends z.ZodObject>(name: string, parameters: Schema): ExternalDeployment<Schema> {
  if (!splitDeploymentName(name))
    throw new TributaryError(
      'misuse',
      `${JSON.stringify(name)} is no deployment's name: write flow/deployment, such as "py-flow/nightly".`,
    );
  return { name, parameters };
}
