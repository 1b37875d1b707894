import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

const watch = join(import.meta.dirname, 'end-with-parent.ts');

/** Runs a script that ends with its parent. */
function run(script: string) {
  const child = spawn(process.execPath, ['--import', watch, '--eval', script], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
  return { child, ended };
}

it('a process ends although its parent has gone before it runs its first line', async () => {
  const { child, ended } = run('setInterval(() => undefined, 1000)');
  child.disconnect();
  expect(await ended).toBe('SIGKILL');
});

it('a process ends by itself, and what it starts knows nothing of its parent', async () => {
  const { ended } = run(`
    const { Worker } = require('node:worker_threads');
    if (process.execArgv.length > 0) process.exit(1);
    new Worker('process.exit(0)', { eval: true }).once('exit', () => (process.exitCode = 5));
  `);
  expect(await ended).toBe(5);
});
