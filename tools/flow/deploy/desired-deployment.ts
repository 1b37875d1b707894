import { dirname, relative } from 'node:path';

import { TributaryError } from '@tributary/contract/error';
import type { JsonObject } from '@tributary/contract/json';
import type { DeploymentName } from '@tributary/contract/name';
import { maximumParameterBytes, type DeploymentCreateInput } from '@tributary/contract/nouns/deployment';
import { labelNames } from '@tributary/contract/nouns/label';
import { defaultPool } from '@tributary/contract/nouns/work-pool';
import { projectName } from '@tributary/contract/project-name';
import { z } from 'zod';

import { flowOf } from '../run/flow-definition.ts';
import { parameterSchema } from '../run/parameters/parameter-schema.ts';
import type { DeploymentDefinition } from '../run/deployment-definition.ts';
import { findEntrypoint, insideRoot, type LoadedFile } from './entrypoint.ts';
import { type Source, withPlace } from './place.ts';

/** A deployment as the server should store it, according to the code. */
export interface DesiredDeployment {
  /** `flow/deployment` */
  readonly name: DeploymentName;
  readonly flowName: string;
  readonly source: Source;
  /** the body of the upsert, without the flow's id, which only the server knows */
  readonly request: Omit<DeploymentCreateInput, 'flow_id'>;
  /** the JSON Schema of what the flow returns; null if the flow doesn't declare it. The server doesn't store it */
  readonly result: JsonObject | null;
  /** files that count as the deployment's code: globs relative to the folder of `source`. The server doesn't store them */
  readonly inputs: readonly string[];
  /** fields that people may change on the engine although the code sets them, by the names that a plan prints. The server doesn't store them */
  readonly keepLive: readonly string[];
}

/**
 * Describes a deployment as the server should store it.
 * @param source the file that exports the deployment
 * @param files the files that `source` reaches, in the order of evaluation
 * @param root the workspace, an absolute path without symbolic links
 * @throws what is wrong with the deployment, with the file and line
 */
export async function desiredDeployment(
  definition: DeploymentDefinition,
  source: Source,
  files: readonly LoadedFile[],
  root: string,
): Promise<DesiredDeployment> {
  try {
    return build(definition, source, files, root);
  } catch (error) {
    throw await withPlace(error, source, root);
  }
}

function build(definition: DeploymentDefinition, source: Source, files: readonly LoadedFile[], root: string): DesiredDeployment {
  const flow = flowOf(definition.flow);
  if (!flow)
    throw new TributaryError(
      'invalid_entrypoint',
      `The flow of deployment "${definition.name}" isn't a flow: pass what flow({…}, …) returned to deployFactory.`,
    );
  const name: DeploymentName = `${flow.name}/${definition.name}`;
  const folder = insideRoot(dirname(source.file), root, `The folder of deployment ${name}`);
  const { file, exportName } = findEntrypoint(definition.flow, files) ?? source;
  if (exportName === null)
    throw new TributaryError(
      'invalid_entrypoint',
      `Flow "${flow.name}" of deployment ${name} isn't exported by any file that this script imports: export the flow from such a file.`,
    );
  insideRoot(file, root, `The file of flow "${flow.name}"`);
  if (JSON.stringify(definition.parameters).length > maximumParameterBytes)
    throw new TributaryError(
      'invalid_parameters',
      `The parameters of deployment ${name} take more than ${maximumParameterBytes} bytes as JSON: pass large data by the name of a file or table.`,
    );
  return {
    name,
    flowName: flow.name,
    source,
    inputs: definition.inputs,
    keepLive: definition.keepLive,
    result: flow.result && z.toJSONSchema(flow.result, { io: 'output', unrepresentable: 'any' }),
    request: {
      name: definition.name,
      description: definition.description ?? flow.description,
      version: definition.version,
      tags: [...definition.tags],
      labels: {
        [labelNames.project]: projectName(folder),
        [labelNames.flow]: flow.name,
        ...(definition.protect ? { [labelNames.protect]: true } : {}),
      },
      parameters: definition.parameters,
      parameter_openapi_schema: parameterSchema(flow.name, flow.parameters),
      enforce_parameter_schema: true,
      schedules: definition.schedules.map((schedule) => ({ ...schedule })),
      // If the code doesn't set `paused`, the request leaves it out, so that a deployment that was paused on the server stays paused.
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

/** Returns null if the limit has neither a strategy nor a grace period. Further runs then wait, on every kind of server. */
function concurrencyOptions(limit: DeploymentDefinition['concurrencyLimit']): DeploymentCreateInput['concurrency_options'] {
  if (!limit || (limit.collisionStrategy === null && limit.gracePeriod === null)) return null;
  return {
    collision_strategy: limit.collisionStrategy ?? 'ENQUEUE',
    ...(limit.gracePeriod === null ? {} : { grace_period_seconds: limit.gracePeriod }),
  };
}
