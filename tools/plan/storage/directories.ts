import { dirname } from 'node:path/posix';

/**
 * Chooses the folders of a repository that a run needs: the integration's own, and those of the other files of its code. Workers get the files
 * directly above a folder together with it, so a folder needn't be named if one inside of it is.
 * @param integration `ints/<name>`
 * @param files relative to the repository
 * @returns the folders in order
 */
export function directoriesOf(integration: string, files: Iterable<string>): string[] {
  const others = new Set([...files].map((file) => dirname(file)).filter((folder) => folder !== '.' && !isIn(folder, integration)));
  const folders = [...new Set([integration, ...others])];
  return folders.filter((folder) => folder === integration || !folders.some((other) => isIn(other, folder))).toSorted();
}

function isIn(inner: string, outer: string): boolean {
  return inner.startsWith(`${outer}/`);
}
