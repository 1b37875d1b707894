import type { Tree } from '@nx/devkit';
import { placedMessage, TributaryError } from '@tributary/contract/error';
import { blameStrays, collectStrays, loadProjects } from '@tributary/plan/load';
import { projectIn } from '@tributary/plan/project';
import { hasText, registryOf } from '@tributary/plan/registry';

/**
 * Updates each `ints/<name>/deployments.gen.ts` from its deployments.ts, and removes those without a deployments.ts. The Nx daemon
 * is off in this workspace, because a process never sees changes of a module that it has imported.
 */
export default async function registry(tree: Tree): Promise<{ outOfSyncMessage: string; outOfSyncDetails: string[] }> {
  const folders = tree.children('ints').map((name) => `ints/${name}`);
  const texts = await printRegistries(tree, folders);
  const stale = folders.filter((folder) => !hasText(tree.read(fileIn(folder), 'utf8'), texts.get(folder)));
  for (const folder of stale) {
    const text = texts.get(folder);
    if (text === undefined) tree.delete(fileIn(folder));
    else tree.write(fileIn(folder), text);
  }
  return {
    outOfSyncMessage: 'The names and parameters in deployments.gen.ts no longer match those of deployments.ts.',
    outOfSyncDetails: stale.map(fileIn),
  };
}

async function printRegistries(tree: Tree, folders: readonly string[]): Promise<Map<string, string>> {
  const projects = folders.filter((root) => tree.exists(`${root}/deployments.ts`)).map(projectIn);
  const strays = collectStrays(tree.root, (line) => void process.stderr.write(`${line}\n`));
  const loaded = await loadProjects(projects, tree.root)
    .then((all) => blameStrays(all, strays.take()))
    .finally(strays.stop);
  const errors = [...new Set(loaded.flatMap(({ error }) => (error ? [placedMessage(error)] : [])))];
  if (errors.length > 0) throw new TributaryError('invalid_entrypoint', `The registry can't be written:\n${errors.join('\n')}`);
  return new Map(loaded.map(({ project, deployments }) => [project.root, registryOf(deployments)]));
}

function fileIn(folder: string): string {
  return `${folder}/deployments.gen.ts`;
}
