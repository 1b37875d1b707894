import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';

import { patience } from '@tributary/contract/client';
import { TributaryError } from '@tributary/contract/error';
import type { Deployment } from '@tributary/contract/nouns/deployment';

import type { ApplyOptions, DeploymentDefinition } from '../run/deployment-definition.ts';
import { connect } from '../engine/connect.ts';
import { findRoot } from '../engine/find-root.ts';
import { resolveEngine } from '../engine/resolve-engine.ts';
import { applyDeployment } from './apply-deployment.ts';
import { desiredDeployment } from './desired-deployment.ts';
import { importModule } from './import-module.ts';
import { reachableFiles } from './reachable-files.ts';

/**
 * Implements a deployment's `.apply()` in a script. It searches the files that the script imports for the file that exports the deployment,
 * and sends the deployment to the server.
 * @returns the deployment as the server stores it
 * @throws `invalid_entrypoint` when no file that the script imports exports the deployment or its flow
 */
export async function applyFromScript(definition: DeploymentDefinition, options: ApplyOptions = {}): Promise<Deployment> {
  const script = process.argv[1];
  if (!script)
    throw new TributaryError(
      'misuse',
      `.apply() of deployment "${definition.name}" was called outside a script: call it in a file, or use \`npx nx run-many -t deploy\`.`,
    );
  const main = await realpath(script);
  const root = await realpath(findRoot(dirname(main)));
  // The script is still being evaluated: importing it here would never resolve.
  const others = (await reachableFiles(main)).filter(({ path }) => path !== main);
  const files = await Promise.all(others.map(async (file) => ({ ...file, exports: await importModule(file.path, root) })));
  const sources = files.flatMap(({ path, exports }) =>
    Object.entries(exports)
      .filter(([, value]) => value === definition)
      .map(([exportName]) => ({ file: path, exportName })),
  );
  const desired = await desiredDeployment(definition, sources[0] ?? { file: main, exportName: null }, files, root);
  const engine = await resolveEngine({ access: 'write', cwd: root });
  return applyDeployment(connect(engine, { patience: patience.command }), desired, options);
}
