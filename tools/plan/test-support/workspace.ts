import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Loaded } from '../load/loaded.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** Creates workspaces in temporary folders, and loads their integrations in one child process. */
export function createWorkspaces() {
  const roots: string[] = [];
  const loader = fork(fileURLToPath(new URL('load-in-child.ts', import.meta.url)));
  return {
    /** @param files texts by path, such as `ints/shop/deployments.ts` */
    async create(files: Readonly<Record<string, string>>): Promise<{ root: string; loaded: readonly Loaded[] }> {
      const root = await realpath(await mkdtemp(join(tmpdir(), 'tributary-plan-')));
      roots.push(root);
      await writeFile(join(root, 'package.json'), '{"type": "module"}');
      await symlink(join(repository, 'node_modules'), join(root, 'node_modules'));
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), text);
      }
      loader.send(root);
      const [loaded]: readonly Loaded[][] = await once(loader, 'message');
      return { root, loaded: loaded ?? [] };
    },
    async remove(): Promise<void> {
      loader.disconnect();
      await Promise.all(roots.map((root) => rm(root, { recursive: true, force: true })));
    },
  };
}

/** A deployments.ts on four lines: imports, a flow, and a deployment on line 4. @param options of deployFactory, as source text */
export function deploymentsText(flow: string, name: string, { parameters = '{}', options = '' } = {}): string {
  return `import { deployFactory, externalDeployment, flow } from '@tributary/flow';
import { z } from 'zod';
export const theFlow = flow({ name: '${flow}', parameters: z.object(${parameters}) }, async () => externalDeployment);
export const theDeployment = deployFactory({ name: '${name}', flow: theFlow, ${options} });
`;
}
