import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Running, startCommand } from '../test-support/command.ts';
import { createWorkspace } from '../test-support/stage.ts';

/** A stand-in for the command. It prints what a deploy prints, and writes its pid and the server's URL to deployed.txt. */
const tributary = `
const { appendFileSync, readFileSync } = require('node:fs');
const source = readFileSync('ints/a/deployments.ts', 'utf8').trim();
appendFileSync('deployed.txt', [process.pid, process.argv.slice(2).join(' '), process.env.TRIBUTARY_API_URL, process.env.PREFECT_API_URL ?? 'none'].join(' ') + '\\n');
console.log('Deploying to here\\n\\nints/a');
if (source === 'broken') {
  console.log('ints/a/deployments.ts:1: broken is not defined');
  process.exit(1);
}
if (source === 'slow') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
console.log('  + create a/' + source);
console.log('1 created, 0 updated, 0 unchanged.');
if (source === 'hanging') setInterval(() => {}, 1000);
`;

describe('dev', () => {
  let workspace: ReturnType<typeof createWorkspace>;
  let dev: Running;
  const write = (path: string, text: string): string => {
    const file = join(workspace.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  const deployed = (): string[] =>
    existsSync(join(workspace.root, 'deployed.txt')) ? readFileSync(join(workspace.root, 'deployed.txt'), 'utf8').trim().split('\n') : [];

  beforeEach(() => {
    workspace = createWorkspace();
    chmodSync(write('node_modules/.bin/tributary', tributary), 0o755);
    write('ints/a/deployments.ts', 'first');
    const env = { PREFECT_API_URL: 'http://127.0.0.1:1/api', TRIBUTARY_API_URL: 'http://127.0.0.1:1/api' };
    dev = startCommand(['dev', '--port', '0'], { cwd: workspace.root, env });
  });
  afterEach(async () => {
    dev.kill('SIGKILL');
    await dev.ended;
    workspace.remove();
  });

  it('deploys at the start and after each save to a server of its own, in short lines, and ends on Ctrl-C', async () => {
    const [, url = ''] = await dev.printed(/server {2}listens at (http\S+)/);
    await dev.printed(/worker {2}.+ takes runs/);
    await dev.printed(/deploy {2}\+ create a\/first[\s\S]*deploy {2}done in/);
    write('ints/a/deployments.ts', 'broken');
    await dev.printed(/deploy {2}ints\/a\/deployments\.ts changed[\s\S]*1: broken is not defined[\s\S]*failed after/);
    write('ints/a/deployments.ts', 'second');
    await dev.printed(/deploy {2}\+ create a\/second[\s\S]*deploy {2}done in/);
    const runs = deployed();
    expect(runs.map((line) => line.split(' ').slice(1).join(' '))).toEqual(
      runs.map(() => `deploy --allow-older --storage folder ${url} none`),
    );
    expect(new Set(runs.map((line) => line.split(' ')[0])).size).toBe(runs.length);
    dev.kill('SIGINT');
    const { code, stdout } = await dev.ended;
    expect(code).toBe(0);
    expect(stdout).not.toContain('Deploying to');
    await expect(fetch(`${url}/health`)).rejects.toThrow('fetch failed');
  });

  it('starts a worker for each work pool, also for one that a deployment has created, but not for those of other workers', async () => {
    const [, url = ''] = await dev.printed(/server {2}listens at (http\S+)/);
    await dev.printed(/worker {2}\S+ takes runs of work pool "tributary"/);
    await dev.printed(/done in/);
    for (const pool of [
      { name: 'theirs', type: 'process' },
      { name: 'gpu', type: 'tributary' },
    ]) {
      const { ok } = await fetch(`${url}/work_pools/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(pool),
      });
      expect(ok).toBe(true);
    }
    write('ints/a/deployments.ts', 'second');
    await dev.printed(/worker {2}\S+ takes runs of work pool "gpu"/);
    write('ints/a/deployments.ts', 'third');
    await dev.printed(/create a\/third[\s\S]*done in/);
    dev.kill('SIGINT');
    const { code, stdout } = await dev.ended;
    expect(code).toBe(0);
    const served = [...stdout.matchAll(/(\S+) takes runs of work pool "(\w+)"/g)];
    expect(served.map(([, , pool]) => pool)).toEqual(['tributary', 'gpu']);
    expect(new Set(served.map(([, name]) => name)).size).toBe(2);
    expect(stdout).not.toContain('theirs');
  });

  it('deploys again after a save during a deployment', async () => {
    await dev.printed(/done in/);
    write('ints/a/deployments.ts', 'slow');
    for (let waited = 0; waited < 10_000 && deployed().length < 2; waited += 50) await sleep(50);
    write('ints/a/deployments.ts', 'third');
    await dev.printed(/create a\/slow[\s\S]*create a\/third/);
    expect(deployed()).toHaveLength(3);
  });

  it('ends the deployment that is under way', async () => {
    await dev.printed(/done in/);
    write('ints/a/deployments.ts', 'hanging');
    for (let waited = 0; waited < 10_000 && deployed().length < 2; waited += 50) await sleep(50);
    const pid = Number(deployed().at(-1)?.split(' ')[0]);
    expect(() => process.kill(pid, 0)).not.toThrow();
    dev.kill('SIGTERM');
    expect((await dev.ended).code).toBe(0);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
