import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';

import { TributaryError } from '@tributary/contract/error';
import type { JsonObject } from '@tributary/contract/json';
import { pullStep, stepKinds } from '@tributary/contract/pull-step';

/**
 * Finds a deployment's code by its pull steps.
 * @param root the worker's own work tree
 * @returns the path of the deployment's work tree; the worker's own work tree if there are no pull steps
 * @throws `crashed` if a pull step is unknown or fails
 */
export async function pull(steps: readonly JsonObject[] | null | undefined, root: string): Promise<string> {
  let tree = root;
  for (const raw of steps ?? []) {
    const step = pullStep.safeParse(raw);
    if (!step.success || !(stepKinds.localFolder in step.data))
      throw new TributaryError(
        'crashed',
        `Unknown pull step "${Object.keys(raw).join(', ')}" in the deployment, or wrong settings for it. This worker knows tributary.local_folder with an absolute root. Deploy again with this version of Tributary, or update the worker.`,
      );
    tree = await localFolder(step.data[stepKinds.localFolder].root);
  }
  return tree;
}

async function localFolder(root: string): Promise<string> {
  if (!isAbsolute(root)) throw new TributaryError('crashed', `The pull step's folder "${root}" is not absolute. Deploy again.`);
  const found = await stat(root).catch(() => undefined);
  if (found?.isDirectory()) return root;
  throw new TributaryError(
    'crashed',
    `The deployment's code should be in ${root}, but this worker's machine has no such folder. Deploy from a clone on this machine, or start the worker where the code is.`,
  );
}
