import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import { createWorkspaces } from '../test-support/workspace.ts';
import { loadProjects } from './load-projects.ts';

it('an import that takes too long is an error of its integration, and the others are loaded', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tributary-load-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const texts = { slow: 'await new Promise(() => undefined);\n', quick: 'export {};\n' };
  const projects = Object.keys(texts).map((name) => ({ name: `ints-${name}`, root: `ints/${name}` }));
  for (const [name, text] of Object.entries(texts)) {
    await mkdir(join(root, 'ints', name), { recursive: true });
    await writeFile(join(root, 'ints', name, 'deployments.ts'), text);
  }
  // Enough for the quick one, even on a busy machine.
  const loaded = await loadProjects(projects, root, 2);
  expect(loaded.map(({ error }) => error?.message)).toEqual([expect.stringContaining('is not finished'), undefined]);
});

it('a broken integration has an error, and the others are loaded, each once', async () => {
  const workspaces = createWorkspaces();
  onTestFinished(() => workspaces.remove());
  const counting = "globalThis['loads'] = (globalThis['loads'] ?? 0) + 1;\n";
  const report = "await new Promise(setImmediate);\nthrow new Error(globalThis['loads'] + ' loads');\n";
  const { loaded } = await workspaces.create({
    'ints/a/deployments.ts': counting,
    'ints/b/deployments.ts': 'const = 1;\n',
    'ints/c/deployments.ts': "import './nowhere.ts';\n",
    'ints/d/deployments.ts': "throw new Error('no key');\n",
    'ints/e/deployments.ts': counting,
    'ints/f/deployments.ts': report,
  });
  expect(loaded.map(({ error }) => error?.message)).toEqual([
    undefined,
    expect.stringContaining('This file has an error'),
    expect.stringContaining('This file imports a missing module'),
    expect.stringContaining('This file threw while it was imported: no key'),
    undefined,
    expect.stringContaining('This file threw while it was imported: 2 loads'),
  ]);
});
