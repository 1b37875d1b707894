import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { TributaryError } from '@tributary/contract/error';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { z } from 'zod';

import type { Engine } from '../engine/resolve-engine.ts';
import type { DesiredDeployment } from './desired-deployment.ts';

/** Plans one deployment and applies the plan. @returns the deployment as the server stores it */
export type ApplyOne = (wanted: {
  readonly desired: DesiredDeployment;
  readonly engine: Engine;
  /** the workspace */
  readonly root: string;
}) => Promise<Deployment>;

const specifier = '@tributary/plan/apply-one';
const planner = z.object({ applyOne: z.custom<ApplyOne>((value) => typeof value === 'function') });

/**
 * Finds the planner that the workspace has installed, so that `.apply()` does exactly what the command `deploy` does. This package can't import
 * the planner, because the planner imports this package.
 * @throws `misuse` when the workspace has no planner
 */
export async function findPlanner(root: string): Promise<ApplyOne> {
  let file: string;
  try {
    file = createRequire(join(root, 'package.json')).resolve(specifier);
  } catch (error) {
    throw new TributaryError(
      'misuse',
      `.apply() needs the package @tributary/plan, which ${root} doesn't have: add it to the dependencies in package.json, or use \`npx tributary deploy\`.`,
      { cause: error },
    );
  }
  const module: unknown = await import(pathToFileURL(file).href);
  return planner.parse(module).applyOne;
}
