import { join } from 'node:path';

import { isTributaryError, messageOf } from '@tributary/contract/error';
import type { Finding } from '@tributary/contract/nouns/plan';
import { importTogether, loadDeployments, shareFiles } from '@tributary/flow/deploy';

import { brokenIntegration } from './broken-integration.ts';
import type { Loaded } from './loaded.ts';
import type { Project } from './project.ts';
import { refuseDuplicates } from './refuse-duplicates.ts';
import { resolveQuickly } from './resolve-quickly.ts';

/** How long the imports may take, in seconds. */
const mostSeconds = 60;

/**
 * Imports the deployments.ts of all integrations concurrently. An integration gets an error if it is broken, or if its import isn't finished in
 * time or never can be. The others are still loaded.
 */
export async function loadProjects(projects: readonly Project[], root: string, seconds = mostSeconds): Promise<Loaded[]> {
  const shared = shareFiles();
  const forget = resolveQuickly();
  const late = Promise.withResolvers<undefined>();
  const giveUp = (): void => late.resolve(undefined);
  const timer = setTimeout(giveUp, seconds * 1000).unref();
  // Node has nothing left to do, so what the imports wait for never comes.
  process.once('beforeExit', giveUp);
  const load = async (project: Project): Promise<Loaded> =>
    (await Promise.race([loadProject(project, root, shared), late.promise])) ?? unfinished(project);
  try {
    await importTogether(
      projects.map((project) => fileOf(project, root)),
      shared,
    );
    return await refuseDuplicates(await Promise.all(projects.map(load)));
  } finally {
    clearTimeout(timer);
    process.off('beforeExit', giveUp);
    forget();
  }
}

async function loadProject(project: Project, root: string, shared: ReturnType<typeof shareFiles>): Promise<Loaded> {
  try {
    return { project, ...(await loadDeployments(fileOf(project, root), { root, shared })) };
  } catch (error) {
    return { project, deployments: [], externals: [], error: broken(project, error) };
  }
}

function fileOf(project: Project, root: string): string {
  return join(root, project.root, 'deployments.ts');
}

function unfinished(project: Project): Loaded {
  const message =
    'The import of this file is not finished: this file, or one that it imports, awaits at its top level something that never comes. Move the `await` into a flow.';
  return { project, deployments: [], externals: [], error: brokenIntegration(project, { message }) };
}

function broken(project: Project, error: unknown): Finding {
  const fault = isTributaryError(error) ? error.facts.fault : undefined;
  const finding = brokenIntegration(project, fault ?? { message: messageOf(error) });
  return isTributaryError(error, 'conflict') && error.facts.name !== undefined ? { ...finding, code: 'duplicate_name' } : finding;
}
