import { posix } from 'node:path';

/**
 * The patterns that check out folders, the files directly above them, and the files of the repository's root. `git sparse-checkout set` and
 * Prefect's `directories` mean the same.
 * @param directories relative to the repository, checked; with none, the whole repository is checked out
 */
export function conePatterns(directories: readonly string[]): string {
  if (directories.length === 0) return '/*\n';
  const lines = ['/*', '!/*/'];
  for (const parent of parentsOf(directories)) lines.push(`/${parent}/`, `!/${parent}/*/`);
  for (const directory of outermost(directories)) lines.push(`/${directory}/`);
  return `${lines.join('\n')}\n`;
}

/** The patterns that check out folders and nothing else. */
export function folderPatterns(directories: readonly string[]): string {
  return directories.map((directory) => `/${directory}/\n`).join('');
}

/** The folders above the given ones, from the outside in, without the root and without folders that are needed as a whole. */
export function parentsOf(directories: readonly string[]): string[] {
  const parents = new Set<string>();
  for (const directory of outermost(directories))
    for (let parent = posix.dirname(directory); parent !== '.'; parent = posix.dirname(parent)) parents.add(parent);
  return [...parents].toSorted();
}

function outermost(directories: readonly string[]): string[] {
  return directories.filter((one) => !directories.some((other) => one !== other && one.startsWith(`${other}/`)));
}
