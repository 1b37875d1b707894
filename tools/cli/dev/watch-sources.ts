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
  const watchers = ['ints', 'tools'].map((folder) => {
    const below = (path: string): string => relative(join(root, folder), path);
    const watcher = watch(join(root, folder), { ignoreInitial: true, ignored: (path) => isIgnored(below(path)) });
    watcher.on('all', (event, path) => {
      if (event === 'addDir' || event === 'unlinkDir' || !isSource(below(path))) return;
      changed.add(relative(root, path).replaceAll('\\', '/'));
      clearTimeout(timer);
      timer = setTimeout(() => {
        const paths = [...changed].toSorted();
        changed.clear();
        onChange(paths);
      }, settleTime);
    });
    // A folder that was removed under it is no reason to end.
    watcher.on('error', () => undefined);
    return watcher;
  });
  await Promise.all(watchers.map((watcher) => once(watcher, 'ready')));
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) void watcher.close();
  };
}
