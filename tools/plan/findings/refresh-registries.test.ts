import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, expect, it } from 'vitest';

import { createWorkspaces, deploymentsText } from '../test-support/workspace.ts';
import { refreshRegistries } from './refresh-registries.ts';

const workspaces = createWorkspaces();
afterAll(() => workspaces.remove());

const file = 'ints/shop/deployments.gen.ts';
const files = {
  'ints/broken/deployments.ts': "throw new Error('no key');",
  'ints/shop/deployments.ts': deploymentsText('load', 'shop', { parameters: '{ limit: z.int() }' }),
  [file]: '// old\n',
};

it('a stale or missing registry is written on a workstation, with a warning, and then matches', async () => {
  const { root, loaded } = await workspaces.create({ ...files, 'ints/new/deployments.ts': deploymentsText('load', 'new') });
  const findings = await refreshRegistries(loaded, { root, isCI: false });
  expect(findings.map((finding) => [finding.file, finding.integration])).toEqual([
    ['ints/new/deployments.gen.ts', 'ints-new'],
    [file, 'ints-shop'],
  ]);
  expect(findings[1]).toMatchObject({
    code: 'stale_registry',
    severity: 'warning',
    message: "This file didn't match the names and parameters in deployments.ts, so it was written anew. Commit it.",
    command: null,
  });
  expect(await readFile(join(root, file), 'utf8')).toContain("'load/shop': {\n      limit: number;");
  expect(await refreshRegistries(loaded, { root, isCI: true })).toEqual([]);
});

it('a registry with the line breaks of Windows is up to date', async () => {
  const { root, loaded } = await workspaces.create(files);
  await refreshRegistries(loaded, { root, isCI: false });
  const text = await readFile(join(root, file), 'utf8');
  await writeFile(join(root, file), text.replaceAll('\n', '\r\n'));
  expect(await refreshRegistries(loaded, { root, isCI: true })).toEqual([]);
});

it('in CI a stale registry is an error with the command, and the file stays as it is', async () => {
  const { root, loaded } = await workspaces.create(files);
  expect(await refreshRegistries(loaded, { root, isCI: true })).toEqual([
    {
      code: 'stale_registry',
      severity: 'error',
      message: "This file doesn't match the names and parameters in deployments.ts. Run `npx nx sync` and commit the file.",
      file,
      line: null,
      integration: 'ints-shop',
      command: 'npx nx sync',
    },
  ]);
  expect(await readFile(join(root, file), 'utf8')).toBe('// old\n');
});

it("a registry that can't be written is a warning with the reason, and the draft has a hidden name", async () => {
  const { [file]: _, ...others } = files;
  const { root, loaded } = await workspaces.create(others);
  await mkdir(join(root, file));
  expect(await refreshRegistries(loaded, { root, isCI: false })).toMatchObject([
    {
      severity: 'warning',
      message: expect.stringMatching(
        /^This file doesn't match .* and can't be written: EISDIR: .* rename '\S+\/\.deployments\.gen\.ts\.\d+\.tmp'/,
      ),
      command: 'npx nx sync',
    },
  ]);
});
