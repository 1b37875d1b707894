import { once } from 'node:events';
import { join, relative } from 'node:path';

import { watch } from 'chokidar';

import { isIgnored, isSource } from './is-source.ts';

/** A change is complete after this many milliseconds without a write: editors write in several steps, and git changes many files. */
const settleTime = 250;

/**
 * Watches the sources below ints/ and tools/. Files that editors and git replace count as changed.
 * @param onChange gets the changed paths, relative to the root
 * @returns a function that stops watching
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
  // The watcher reports an error if a watched folder is removed, but that does no harm here.
  watcher.on('error', () => undefined);
  await once(watcher, 'ready');
  return () => {
    clearTimeout(timer);
    void watcher.close();
  };
}
