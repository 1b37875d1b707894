import { dirname, relative } from 'node:path';

import { TributaryError } from '@tributary/contract/error';
import type { DeploymentName } from '@tributary/contract/name';
import { maximumParameterBytes, type DeploymentCreateInput } from '@tributary/contract/nouns/deployment';
import { labelNames } from '@tributary/contract/nouns/label';
import { defaultPool } from '@tributary/contract/nouns/work-pool';

import type { DeploymentDefinition } from './deployment-definition.ts';
import { flowOf } from '../run/flow-definition.ts';
import { findEntrypoint, insideRoot, type LoadedFile } from './entrypoint.ts';
import { parameterSchema } from '../run/parameters/parameter-schema.ts';
import { atPlace, type Source } from './place.ts';

/** A deployment as the code wants it on the server. */
export interface DesiredDeployment {
  /** `flow/deployment` */
  readonly name: DeploymentName;
  readonly flowName: string;
  readonly source: Source;
  /** the upsert, but for the flow's id, which only the server knows */
  readonly request: Omit<DeploymentCreateInput, 'flow_id'>;
}

/**
 * What to send for one deployment.
 * @param files what the file reaches, in the order of evaluation
 * @param root an absolute path without symbolic links
 * @throws what is wrong with it, and in which file and line
 */
export async function desire(
  definition: DeploymentDefinition,
  source: Source,
  files: readonly LoadedFile[],
  root: string,
): Promise<DesiredDeployment> {
  try {
    return build(definition, source, files, root);
  } catch (error) {
    throw await atPlace(error, source, root);
  }
}

function build(definition: DeploymentDefinition, source: Source, files: readonly LoadedFile[], root: string): DesiredDeployment {
  const flow = flowOf(definition.flow);
  if (!flow)
    throw new TributaryError(
      'invalid_entrypoint',
      `The flow of deployment "${definition.name}" is no flow: give deployFactory what flow({…}, …) returned.`,
    );
  const name: DeploymentName = `${flow.name}/${definition.name}`;
  const folder = insideRoot(dirname(source.file), root, `The folder of deployment ${name}`);
  const { file, exportName } = findEntrypoint(definition.flow, files) ?? source;
  if (exportName === null)
    throw new TributaryError(
      'invalid_entrypoint',
      `No file that this script imports exports flow "${flow.name}" of deployment ${name}: export the flow from a file of its own.`,
    );
  insideRoot(file, root, `The file of flow "${flow.name}"`);
  if (JSON.stringify(definition.parameters).length > maximumParameterBytes)
    throw new TributaryError(
      'invalid_parameters',
      `Deployment ${name}: its parameters take more than ${maximumParameterBytes} bytes as JSON.`,
    );
  return {
    name,
    flowName: flow.name,
    source,
    request: {
      name: definition.name,
      description: definition.description ?? flow.description,
      version: definition.version,
      tags: [...definition.tags],
      labels: { [labelNames.project]: projectOf(folder) },
      parameters: definition.parameters,
      parameter_openapi_schema: parameterSchema(flow.name, flow.parameters),
      enforce_parameter_schema: true,
      schedules: definition.schedules.map((schedule) => ({ ...schedule })),
      // Left out unless the code says: a person may have paused it.
      ...(definition.paused === null ? {} : { paused: definition.paused }),
      concurrency_limit: definition.concurrencyLimit?.limit ?? null,
      concurrency_options: concurrencyOptions(definition.concurrencyLimit),
      job_variables: definition.jobVariables,
      work_pool_name: definition.pool ?? defaultPool.name,
      work_queue_name: definition.queue ?? defaultPool.queue,
      path: folder,
      entrypoint: `${relative(dirname(source.file), file)}:${exportName}`,
      pull_steps: [{ 'tributary.local_folder': { root } }],
    },
  };
}

/** None where the code says no more than how many: servers wait then. */
function concurrencyOptions(limit: DeploymentDefinition['concurrencyLimit']): DeploymentCreateInput['concurrency_options'] {
  if (!limit || (limit.collisionStrategy === null && limit.gracePeriod === null)) return null;
  return {
    collision_strategy: limit.collisionStrategy ?? 'ENQUEUE',
    ...(limit.gracePeriod === null ? {} : { grace_period_seconds: limit.gracePeriod }),
  };
}

/** `ints/dbt` is the Nx project `ints-dbt`. */
function projectOf(folder: string): string {
  return folder.split(/[\\/]/).join('-');
}
