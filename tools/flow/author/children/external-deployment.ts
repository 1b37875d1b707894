import { TributaryError } from '@tributary/contract/error';
import { splitDeploymentName } from '@tributary/contract/name';
import type { z } from 'zod';

import { declareExternal } from '../../run/children/external-declarations.ts';

/** A deployment from outside of this repository: its name and the schema of its parameters. */
export interface ExternalDeployment<Schema extends z.ZodObject> {
  readonly name: string;
  readonly parameters: Schema;
}

/**
 * Describes a deployment from outside of this repository, for example of a Python flow, for runDeployment.
 * @param name `flow/deployment`
 * @param parameters the schema with which runDeployment checks the parameters before it creates the run
 * @throws `misuse` when the name isn't a deployment name
 * @example
 * const nightly = externalDeployment('py-flow/nightly', z.object({ day: z.iso.date() }));
 * await runDeployment(nightly, { parameters: { day: '2026-01-01' } });
 */
export function externalDeployment<Schema extends z.ZodObject>(name: string, parameters: Schema): ExternalDeployment<Schema> {
  if (!splitDeploymentName(name))
    throw new TributaryError(
      'misuse',
      `${JSON.stringify(name)} isn't a deployment name: write flow/deployment, such as "py-flow/nightly".`,
    );
  declareExternal(name, externalDeployment);
  return { name, parameters };
}
