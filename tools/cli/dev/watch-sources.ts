import { existsSync, type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';

import { isSource } from './is-source.ts';

/** Editors write in several steps, and git changes many files: milliseconds of silence that end a change. */
const settleTime = 250;

/**
 * Calls back after sources below ints/ or tools/ have changed, with their paths from the root.
 * @returns how to stop
 */
export function watchSources(root: string, onChange: (paths: string[]) => void): () => void {
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const watchers = ['ints', 'tools'].flatMap((folder): FSWatcher[] => {
    const path = join(root, folder);
    if (!existsSync(path)) return [];
    const watcher = watch(path, { recursive: true }, (_, file) => {
      if (!file || !isSource(file)) return;
      changed.add(`${folder}/${file.replaceAll('\\', '/')}`);
      clearTimeout(timer);
      timer = setTimeout(() => {
        const paths = [...changed].toSorted();
        changed.clear();
        onChange(paths);
      }, settleTime);
    });
    // A folder that was removed under it is no reason to end.
    watcher.on('error', () => undefined);
    return [watcher];
  });
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
