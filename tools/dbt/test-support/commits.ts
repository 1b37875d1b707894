import { join } from 'node:path';

import { createProject, createSurroundings, readSettings, writeFiles } from './project.ts';

/** Creates folders for the commits of a project, outside of the integration's folder. */
export function createCommits(onTestFinished: (end: () => void) => void, files: Readonly<Record<string, string>>) {
  const project = createProject({});
  onTestFinished(project.remove);
  const { surroundings, ...rest } = createSurroundings({ ...project, root: join(project.root, 'ints/one') });
  const checkOut = (name: string, changed: Readonly<Record<string, string>> = {}): string => {
    const folder = join(project.root, 'checkouts', name);
    writeFiles(folder, { ...readSettings(project.root), ...files, ...changed });
    return folder;
  };
  writeFiles(project.root, { 'ints/one/deployments.ts': '' });
  return { ...rest, root: project.root, surroundings, checkOut, runs: join(project.root, 'state', 'dbt-runs') };
}
