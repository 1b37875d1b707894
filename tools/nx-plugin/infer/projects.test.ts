import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';

import { createWorkspace, deploymentsText, type Workspace } from '../test-support/workspace.ts';

// Each test starts several processes, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000 });

/** The repository's own package.json, whose settings for Nx the workspace has too. */
const packageJson = join(import.meta.dirname, '..', '..', '..', 'package.json');
let workspace: Workspace;

beforeAll(async () => {
  const own = z.object({ nx: z.looseObject({}) }).parse(JSON.parse(await readFile(packageJson, 'utf8')));
  const fires = (name: string, other: string): string =>
    `import { runDeployment } from '@tributary/flow';\nexport const fire = () => runDeployment.unchecked('export/${other}');\n${deploymentsText('export', name)}`;
  workspace = await createWorkspace({
    'ints/ping/deployments.ts': fires('ping', 'pong'),
    'ints/pong/deployments.ts': fires('pong', 'ping'),
    'ints/my-own/deployments.ts': "import '../ping/deployments.ts';\nimport '../shared/page-size.ts';\n",
    'ints/shared/page-size.ts': 'export const pageSize = 100;\n',
    'ints/package.json': JSON.stringify({ name: 'ints', private: true, type: 'module' }),
    'package.json': JSON.stringify({
      name: 'workspace',
      private: true,
      type: 'module',
      workspaces: ['ints'],
      scripts: { test: 'exit 1' },
      nx: { ...own.nx, targets: { deploy: { configurations: { production: { engine: 'prefect' } } } } },
    }),
    'ints/notes/README.md': 'No integration.',
  });
});

afterAll(() => workspace.remove());

it('a folder with only a deployments.ts is a project; the root and ints are projects for the files outside of these folders', async () => {
  const { code, output } = await workspace.run('nx', ['show', 'projects']);
  expect(code).toBe(0);
  expect(output.trim().split('\n').toSorted()).toEqual(['ints', 'ints-my-own', 'ints-ping', 'ints-pong', 'tributary']);
});

it('two integrations that call each other have no edge, but an import is an edge', async () => {
  expect(await workspace.run('nx', ['graph', '--file=graph.json'])).toMatchObject({ code: 0 });
  const { graph } = JSON.parse(await readFile(join(workspace.root, 'graph.json'), 'utf8'));
  const targets = (name: string): string[] => graph.dependencies[name].map(({ target }: { target: string }) => target);
  expect(targets('ints-ping').filter((name) => name.startsWith('ints-'))).toEqual([]);
  expect(targets('ints-pong').filter((name) => name.startsWith('ints-'))).toEqual([]);
  expect(targets('ints-my-own')).toEqual(['ints-ping', 'ints']);
  expect(graph.nodes['ints'].data).toMatchObject({ root: 'ints', targets: {} });
  expect(graph.nodes['ints-ping'].data).toMatchObject({
    root: 'ints/ping',
    tags: ['type:integration'],
    targets: { plan: { cache: false, metadata: { technologies: ['tributary'] } }, deploy: { executor: '@tributary/nx-plugin:deploy' } },
  });
  // An edge to an integration would make nx affected deploy all integrations.
  expect(targets('tributary')).toEqual([]);
  const { root, targets: own } = graph.nodes['tributary'].data;
  expect([root, Object.keys(own).toSorted()]).toEqual(['.', ['deploy', 'plan']]);
  expect(own.deploy).toMatchObject({ cache: false, configurations: { production: { engine: 'prefect' } } });
});
