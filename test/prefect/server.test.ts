import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { isAlive, start } from '../support/process.ts';
import { type Installation, installOnPrefect } from '../support/prefect/installation.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';

const deployments = `
import { deployFactory, flow } from '@tributary/flow';
const hello = flow({ name: 'hello' }, async () => 'world');
export const greeting = deployFactory({ name: 'greeting', flow: hello });
`;

describe('a real Prefect server for tests', () => {
  let prefect: Prefect;
  let inst: Installation;

  beforeAll(async () => {
    prefect = await startPrefect({ authString: 'admin:pass' });
    inst = await installOnPrefect(prefect, { 'ints/sample/deployments.ts': deployments });
  });
  afterAll(async () => {
    await inst?.close();
    await prefect?.stop();
  });

  it("offers runs to our worker, and shows them to our commands and to Prefect's", async () => {
    await inst.deploy('sample');
    await inst.startWorker('one');
    expect(await inst.ended(await inst.trigger('hello/greeting'), 60)).toMatchObject({ state_type: 'COMPLETED' });
    const theirs = await prefect.command(['deployment', 'ls']).ended;
    expect(theirs.stdout).toContain('hello/greeting');
    const ours = await inst.command(['deployment', 'ls', '--json']).ended;
    expect(ours.stdout).toContain('greeting');
  });

  it('keeps its runs after a crash', async () => {
    prefect.kill('SIGKILL');
    await prefect.running.ended;
    await prefect.restart();
    expect((await inst.client.countFlowRuns({ body: {} })).data).toBeGreaterThan(0);
  });

  it('ends with the process that started it, even if that process is killed', async () => {
    const home = mkdtempSync(join(tmpdir(), 'tributary-prefect-'));
    const support = join(import.meta.dirname, '..', 'support', 'prefect', 'server.ts');
    const starter = start(process.execPath, [
      '--input-type=module',
      '-e',
      `const { startPrefect } = await import(${JSON.stringify(support)}); const { running } = await startPrefect({ home: ${JSON.stringify(home)} }); console.log('pid', running.pid);`,
    ]);
    const pid = Number((await starter.printed(/pid (\d+)/, 180_000))[1]);
    expect(isAlive(pid)).toBe(true);
    starter.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
    rmSync(home, { recursive: true, force: true });
  });
});
