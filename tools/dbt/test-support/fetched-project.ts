import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createProject, createSurroundings, readSettings, writeFiles } from './project.ts';

const tree = '1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d';

/** Puts an integration with a dbt project into a tree of fetched code. Root may write there, so no test relies on permissions. */
export function createFetchedProject(onTestFinished: (end: () => void) => void, files: Readonly<Record<string, string>>) {
  const { root, dataDir, remove } = createProject({});
  onTestFinished(remove);
  const folder = join(root, 'trees', tree);
  const shop = join(folder, 'ints', 'shop');
  writeFiles(shop, readSettings(root));
  writeFiles(folder, files);
  const { surroundings, ...rest } = createSurroundings({ root: shop, dataDir });
  const code = { repository: 'https://example.com/acme/data.git', commit: tree, tree };
  return {
    ...rest,
    root,
    folder,
    surroundings: { ...surroundings, run: { ...surroundings.run, code } },
    list: () => readdirSync(folder, { recursive: true }).map(String).toSorted(),
    left: () => readdirSync(join(root, 'state', 'dbt-runs', 'projects')),
    read: (path: string) => readFileSync(join(root, 'state', path), 'utf8'),
  };
}
