import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { RunGit } from '../fetch/open-remote.ts';

export interface CheckOut {
  /** the bare repository, whose lock the caller holds alone */
  readonly objects: string;
  readonly commit: string;
  /** an empty folder */
  readonly folder: string;
  /** git's index, outside the folder; it is removed afterwards */
  readonly index: string;
  readonly patterns: string;
  /** whether the patterns are those of a cone: git finds their files faster */
  readonly cone: boolean;
}

/**
 * Checks out a part of a commit. Fetches all its missing files at once, where `git checkout` would fetch each one by itself. A repeated try
 * overwrites what the last one left.
 */
export async function checkOut(git: RunGit, { objects, commit, folder, index, patterns, cone }: CheckOut): Promise<void> {
  // A killed git leaves the lock of its index, which would end the next one.
  const removeIndex = (): void => {
    for (const path of [index, `${index}.lock`]) rmSync(path, { force: true });
  };
  removeIndex();
  writeFileSync(join(objects, 'info', 'sparse-checkout'), patterns);
  try {
    const sparse = ['-c', 'core.sparseCheckout=true', '-c', `core.sparseCheckoutCone=${cone}`];
    await git([`--work-tree=${folder}`, ...sparse, 'read-tree', '--reset', '-u', commit], { GIT_INDEX_FILE: index });
  } finally {
    removeIndex();
  }
}
