import { TributaryError } from '@tributary/contract/error';

import type { DesiredDeployment } from './desired-deployment.ts';

/**
 * Refuses two deployments with the same `flow/name`, which would overwrite each other.
 * @throws `conflict` with both places
 */
export function refuseDuplicates(desired: readonly DesiredDeployment[]): void {
  const seen = new Map<string, DesiredDeployment>();
  for (const one of desired) {
    const other = seen.get(one.name);
    if (other)
      throw new TributaryError(
        'conflict',
        `Two deployments are called ${one.name}: ${place(other)} and ${place(one)}. Rename one of them.`,
        { facts: { name: one.name, files: [other.source.file, one.source.file] } },
      );
    seen.set(one.name, one);
  }
}

function place({ source }: DesiredDeployment): string {
  return source.exportName === null ? source.file : `${source.exportName} in ${source.file}`;
}
