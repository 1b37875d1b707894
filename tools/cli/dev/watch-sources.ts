import { once } from 'node:events';
import { join, relative } from 'node:path';

import { watch } from 'chokidar';

import { isIgnored, isSource } from './is-source.ts';

/** Editors write in several steps, and git changes many files: milliseconds of silence that end a change. */
const settleTime = 250;

/**
 * Calls back after sources below ints/ or tools/ have changed, with their paths from the root. Files that are replaced rather than written
 * to, as editors and git do, count as changed.
 * @returns once it watches, how to stop
 */
export async function watchSources(root: string, onChange: (paths: string[]) => void): Promise<() => void> {
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const below = (path: string): string => relative(root, path);
  const folders = ['ints', 'tools'].map((folder) => join(root, folder));
  const watcher = watch(folders, { ignoreInitial: true, ignored: (path) => isIgnored(below(path)) });
  watcher.on('all', (event, path) => {
    if (event === 'addDir' || event === 'unlinkDir' || !isSource(below(path))) return;
    changed.add(below(path).replaceAll('\\', '/'));
    clearTimeout(timer);
    timer = setTimeout(() => {
      const paths = [...changed].toSorted();
      changed.clear();
      onChange(paths);
    }, settleTime);
  });
  // A folder that was removed under it is no reason to end.
  watcher.on('error', () => undefined);
  await once(watcher, 'ready');
  return () => {
    clearTimeout(timer);
    void watcher.close();
  };
}
