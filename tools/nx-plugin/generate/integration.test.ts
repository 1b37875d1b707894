import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { startServer } from '@tributary/server';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import manifest from '../../../ints/package.json' with { type: 'json' };
import { createWorkspace, type Workspace } from '../test-support/workspace.ts';

// Each test starts several processes, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let workspace: Workspace;

beforeAll(async () => {
  workspace = await createWorkspace({ 'ints/notes/README.md': '' });
});

afterAll(() => workspace.remove());

it('a generated integration is formatted, type-checks, passes its test, has its registry and deploys', async () => {
  const { code, output } = await workspace.run('nx', ['g', 'integration', 'my_api']);
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('npx nx run ints-my_api:deploy') });
  expect(await workspace.run('oxfmt', ['--check', 'ints'])).toMatchObject({ code: 0 });
  expect(await workspace.run('tsc', ['-p', '.', '--pretty', 'false'])).toMatchObject({ code: 0, output: '' });
  expect(await workspace.run('vitest', ['run', 'ints/my_api'])).toMatchObject({ code: 0 });
  expect(await workspace.run('nx', ['sync:check'])).toMatchObject({ code: 0 });
  const server = await startServer({ home: join(workspace.root, '.tributary'), port: 0 });
  const deployed = await workspace.run('nx', ['run', 'ints-my_api:deploy']).finally(() => server.close());
  expect(deployed).toMatchObject({ code: 0, output: expect.stringContaining('+ create export/my_api\n') });

  const again = await workspace.run('nx', ['g', 'integration', 'my_api']);
  expect(again.code).toBe(1);
  expect(again.output).toContain('ints/my_api exists already');
});

it("the template imports only Node's modules and packages that ints/package.json lists", () => {
  const templates = join(import.meta.dirname, 'templates');
  const texts = globSync('**/*.template', { cwd: templates }).map((file) => readFileSync(join(templates, file), 'utf8'));
  const imported = texts.flatMap((text) => [...text.matchAll(/from '((?!node:)[^.'][^']*)'/g)].map(([, name = '']) => name));
  const packages = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(imported).toContain('@tributary/flow');
  expect(imported.filter((name) => !packages.includes(name))).toEqual([]);
});

it('a dry run shows the files and writes none', async () => {
  const { code, output } = await workspace.run('nx', ['g', 'integration', 'dry', '--flow', 'load', '--dry-run']);
  expect(code).toBe(0);
  expect(output).toContain('CREATE ints/dry/flows/load.test.ts');
  expect(existsSync(join(workspace.root, 'ints/dry'))).toBe(false);
});

it('an invalid name is refused with a suggestion, and a missing name is refused too', async () => {
  const bad = await workspace.run('nx', ['g', 'integration', 'My API']);
  expect(bad.code).toBe(1);
  expect(bad.output).toMatch(/"My API" can't be the name of an integration: .* for example my_api\./);
  const missing = await workspace.run('nx', ['g', 'integration']);
  expect(missing.code).toBe(1);
  expect(missing.output).toContain("'name' is missing");
});
