import { relative } from 'node:path';

import type { DesiredDeployment } from './desired-deployment.ts';
import { lineOf, placedError } from './place.ts';

/**
 * Refuses two deployments of one deployments.ts with the same `flow/name`, which would overwrite each other.
 * @param root the workspace
 * @throws `conflict` with the place of the second one
 */
export async function refuseDuplicates(desired: readonly DesiredDeployment[], root: string): Promise<void> {
  const seen = new Map<string, DesiredDeployment>();
  for (const one of desired) {
    const other = seen.get(one.name);
    if (other) throw await duplicate([other, one], root);
    seen.set(one.name, one);
  }
}

async function duplicate(both: readonly [DesiredDeployment, DesiredDeployment], root: string): Promise<Error> {
  const [{ name, source }] = both;
  const lines = await Promise.all(both.map((one) => lineOf(one.source)));
  const exports = both.map((one) => one.source.exportName).join(' and ');
  return placedError(
    'conflict',
    {
      file: relative(root, source.file),
      line: Math.max(...lines.map(Number)) || null,
      message: `Two deployments are called ${name}: the exports ${exports}. Rename one of them.`,
    },
    { facts: { name, files: both.map((one) => one.source.file) } },
  );
}
