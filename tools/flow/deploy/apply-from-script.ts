import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';

import { patience } from '@tributary/contract/client';
import { TributaryError } from '@tributary/contract/error';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { workPoolRoutes } from '@tributary/contract/routes/work-pools';

import type { ApplyOptions, DeploymentDefinition } from '../run/deployment-definition.ts';
import { connect } from '../engine/connect.ts';
import { findRoot } from '../engine/find-root.ts';
import { resolveEngine } from '../engine/resolve-engine.ts';
import { desiredDeployment } from './desired-deployment.ts';
import { findPlanner } from './find-planner.ts';
import { importModule } from './import-module.ts';
import { checkQueueLimit, limitQueue } from './limit-queue.ts';
import { loadParser } from './parse-module.ts';
import { reachableFiles } from './reachable-files.ts';

/**
 * Implements a deployment's `.apply()` in a script. It searches the files that the script imports for the file that exports the deployment,
 * and applies the deployment as the command `deploy` does: an unchanged deployment is left alone.
 * @returns the deployment as the server stores it
 * @throws `misuse` for an invalid limit, `invalid_entrypoint` when neither the deployment nor its flow is exported by a file that the script imports
 */
export async function applyFromScript(definition: DeploymentDefinition, options: ApplyOptions = {}): Promise<Deployment> {
  const { workQueueConcurrency } = options;
  if (workQueueConcurrency !== undefined) checkQueueLimit(definition.name, workQueueConcurrency);
  const script = process.argv[1];
  if (!script)
    throw new TributaryError(
      'misuse',
      `.apply() of deployment "${definition.name}" was called outside a script: call it in a file, or use \`npx tributary deploy\`.`,
    );
  const main = await realpath(script);
  const root = await realpath(findRoot(dirname(main)));
  // The script is still being evaluated: importing it here would never resolve.
  await loadParser();
  const others = reachableFiles(main).filter(({ path }) => path !== main);
  const files = await Promise.all(others.map(async (file) => ({ ...file, exports: await importModule(file.path, root) })));
  const sources = files.flatMap(({ path, exports }) =>
    Object.entries(exports)
      .filter(([, value]) => value === definition)
      .map(([exportName]) => ({ file: path, exportName })),
  );
  const desired = await desiredDeployment(definition, sources[0] ?? { file: main, exportName: null }, files, root);
  const [engine, applyOne] = await Promise.all([resolveEngine({ access: 'write', cwd: root }), findPlanner(root)]);
  const applied = await applyOne({ desired, engine, root });
  if (workQueueConcurrency !== undefined)
    await limitQueue(connect(workPoolRoutes, engine, { patience: patience.command }), desired.request, workQueueConcurrency);
  return applied;
}
