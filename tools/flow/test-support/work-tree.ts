import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** A temporary work tree. */
export interface WorkTree {
  readonly root: string;
  remove(): Promise<void>;
}

/** Creates a work tree with files of user code in a temporary folder. */
export async function createWorkTree(files: Readonly<Record<string, string>>): Promise<WorkTree> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'tributary-host-')));
  await Promise.all([
    writeFile(join(root, 'nx.json'), '{}'),
    writeFile(join(root, 'package.json'), '{"type": "module"}'),
    symlink(join(repository, 'node_modules'), join(root, 'node_modules')),
  ]);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}
