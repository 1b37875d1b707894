import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { createWorkspace, deploymentsText, type Workspace } from '../test-support/workspace.ts';

let workspace: Workspace;

beforeAll(async () => {
  const flows = (name: string, calls: string): string => `import { flow, runDeployment } from '@tributary/flow';
export const f = flow({ name: '${name}' }, async () => {
  ${calls}
});
`;
  workspace = await createWorkspace({
    'ints/ping/deployments.ts': deploymentsText('export', 'ping'),
    'ints/pong/deployments.ts': deploymentsText('export', 'pong'),
    'ints/ping/flows/fire.ts': flows('ping', "await runDeployment('export/pong', { parameters: { limit: 1 }, timeout: 0 });"),
    'ints/pong/flows/fire.ts': flows('pong', "await runDeployment('export/ping', { timeout: 0 });"),
  });
});

afterAll(() => workspace.remove());

test('sync makes names and parameters types, in both directions; check fails until it has run', async () => {
  const before = await workspace.run('nx', ['sync:check']);
  expect(before.code).toBe(1);
  expect(before.output).toContain('ints/ping/deployments.gen.ts');
  expect((await workspace.run('tsc', ['-p', '.'])).output).toContain('\'"export/pong"\'');

  expect(await workspace.run('nx', ['sync'])).toMatchObject({ code: 0 });
  expect(await workspace.run('nx', ['sync:check'])).toMatchObject({ code: 0 });
  expect(await workspace.run('tsc', ['-p', '.'])).toMatchObject({ code: 0, output: '' });

  await workspace.write(
    'ints/ping/flows/wrong.ts',
    `import { runDeployment } from '@tributary/flow';
export const typo = () => runDeployment('export/pnog');
export const type = () => runDeployment('export/pong', { parameters: { limit: '1' } });
export const unknown = () => runDeployment('export/pong', { parameters: { limits: 1 } });
`,
  );
  const wrong = (await workspace.run('tsc', ['-p', '.'])).output;
  expect(wrong.match(/wrong\.ts\((\d)/g)).toEqual(['wrong.ts(2', 'wrong.ts(3', 'wrong.ts(4']);
  await rm(join(workspace.root, 'ints/ping/flows/wrong.ts'));
});

test('a deployment that goes leaves the registry, a file that cannot be imported is named', async () => {
  await workspace.run('nx', ['sync']);
  await rm(join(workspace.root, 'ints/pong/deployments.ts'));
  await workspace.run('nx', ['sync']);
  expect(existsSync(join(workspace.root, 'ints/pong/deployments.gen.ts'))).toBe(false);
  expect((await workspace.run('tsc', ['-p', '.'])).output).toContain('ints/ping/flows/fire.ts');

  await workspace.write('ints/pong/deployments.ts', "import './flows/nowhere.ts';\n");
  const { code, output } = await workspace.run('nx', ['sync:check']);
  expect(code).toBe(1);
  expect(output).toContain('ints/pong/deployments.ts:1 imports what is not there');
});
