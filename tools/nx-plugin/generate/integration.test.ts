import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { createWorkspace, type Workspace } from '../test-support/workspace.ts';

let workspace: Workspace;

beforeAll(async () => {
  workspace = await createWorkspace({ 'ints/notes/README.md': '' });
});

afterAll(() => workspace.remove());

test('what is generated is formatted, type-checks, passes its test and has its registry', async () => {
  const { code, output } = await workspace.run('nx', ['g', 'integration', 'my_api']);
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('npx nx run ints-my_api:deploy') });
  expect(await workspace.run('oxfmt', ['--check', 'ints'])).toMatchObject({ code: 0 });
  expect(await workspace.run('tsc', ['-p', '.', '--pretty', 'false'])).toMatchObject({ code: 0, output: '' });
  expect(await workspace.run('vitest', ['run', 'ints/my_api'])).toMatchObject({ code: 0 });
  expect(await workspace.run('nx', ['sync:check'])).toMatchObject({ code: 0 });

  const again = await workspace.run('nx', ['g', 'integration', 'my_api']);
  expect(again.code).toBe(1);
  expect(again.output).toContain('ints/my_api is there already');
});

test('a dry run shows the files and writes none', async () => {
  const { code, output } = await workspace.run('nx', ['g', 'integration', 'dry', '--flow', 'load', '--dry-run']);
  expect(code).toBe(0);
  expect(output).toContain('CREATE ints/dry/flows/load.test.ts');
  expect(existsSync(join(workspace.root, 'ints/dry'))).toBe(false);
});

test('a name that is none is refused with a better one, and a missing one is missed', async () => {
  const bad = await workspace.run('nx', ['g', 'integration', 'My API']);
  expect(bad.code).toBe(1);
  expect(bad.output).toMatch(/"My API" can't be the name of an integration: .* for example my_api\./);
  const missing = await workspace.run('nx', ['g', 'integration']);
  expect(missing.code).toBe(1);
  expect(missing.output).toContain("'name' is missing");
});
