import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import { createWorkspace, deploymentsText, type Workspace } from '../test-support/workspace.ts';

// Each test starts several processes, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let workspace: Workspace;

beforeAll(async () => {
  workspace = await createWorkspace({
    'ints/ping/deployments.ts': deploymentsText('export', 'ping'),
    'ints/pong/deployments.ts': deploymentsText('export', 'pong').replace('parameters:', 'result: z.int(), parameters:'),
    'ints/ping/flows/fire.ts': `import { flow, resultOf, runDeployment } from '@tributary/flow';
export const f = flow({ name: 'ping' }, async () => {
  const limit: number | undefined = resultOf(await runDeployment('export/pong', { parameters: { limit: 1 } }));
  // @ts-expect-error the result is a number
  const text: string | undefined = resultOf(await runDeployment('export/pong'));
  console.log(limit, text);
  // @ts-expect-error an unknown name
  await runDeployment('export/pnog');
  // @ts-expect-error a parameter of another type
  await runDeployment('export/pong', { parameters: { limit: '1' } });
  // @ts-expect-error an unknown parameter
  await runDeployment('export/pong', { parameters: { limits: 1 } });
});
`,
    'ints/pong/flows/fire.ts': `import { flow, runDeployment } from '@tributary/flow';
export const f = flow({ name: 'pong' }, async () => {
  await runDeployment('export/ping', { timeout: 0 });
});
`,
  });
});

afterAll(() => workspace.remove());

it('sync turns names and parameters into types, in both directions, and the check fails until it has run', async () => {
  const before = await workspace.run('nx', ['sync:check']);
  expect(before.code).toBe(1);
  expect(before.output).toContain('ints/ping/deployments.gen.ts');

  expect(await workspace.run('nx', ['sync'])).toMatchObject({ code: 0 });
  // git for Windows writes other line breaks.
  const text = await readFile(join(workspace.root, 'ints/ping/deployments.gen.ts'), 'utf8');
  await workspace.write('ints/ping/deployments.gen.ts', text.replaceAll('\n', '\r\n'));
  expect(await workspace.run('nx', ['sync:check'])).toMatchObject({ code: 0 });
  expect(await workspace.run('tsc', ['-p', '.', '--pretty', 'false'])).toMatchObject({ code: 0, output: '' });

  // A deployment that is removed from the code disappears from the registry.
  await rm(join(workspace.root, 'ints/pong/deployments.ts'));
  expect(await workspace.run('nx', ['sync'])).toMatchObject({ code: 0 });
  expect(existsSync(join(workspace.root, 'ints/pong/deployments.gen.ts'))).toBe(false);
  expect(existsSync(join(workspace.root, 'ints/ping/deployments.gen.ts'))).toBe(true);

  await workspace.write('ints/pong/deployments.ts', "import './flows/nowhere.ts';\n");
  const broken = await workspace.run('nx', ['sync:check']);
  expect(broken.code).toBe(1);
  expect(broken.output).toContain('ints/pong/deployments.ts:1: This file imports a missing module');
});
