import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';

import { type Running, startCommand } from './test-support/command.ts';
import { createWorkspace } from './test-support/stage.ts';

const ready = z.object({ url: z.url(), pid: z.int() });
const residentMegabytes = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

let workspace: ReturnType<typeof createWorkspace>;
let server: Running | undefined;
beforeEach(() => {
  workspace = createWorkspace();
});
afterEach(async () => {
  server?.kill('SIGKILL');
  await server?.ended;
  workspace.remove();
});

it.skipIf(!existsSync('/proc/self/status'))('a server uses little memory even at its first start, and keeps its pid', async () => {
  const env = { NODE_COMPILE_CACHE: join(workspace.root, 'fresh') };
  server = startCommand(['server', 'start', '--port', '0', '--json'], { cwd: workspace.root, env });
  const [line] = await server.printed(/\{.*\}\n/);
  const { url, pid } = ready.parse(JSON.parse(line));
  expect(pid).toBe(server.pid);
  expect(residentMegabytes(pid)).toBeLessThan(110);
  const before = residentMegabytes(pid);
  // The first request for a list starts the thread that reads the database. The thread finds its code in the compile cache: otherwise it
  // would take another 24 MB.
  const listed = await fetch(`${url}/flow_runs/filter`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  expect(await listed.json()).toEqual([]);
  expect(residentMegabytes(pid) - before).toBeLessThan(25);
  server.kill('SIGTERM');
  const { code, stdout, stderr } = await server.ended;
  expect([code, stdout, stderr]).toEqual([0, line, '']);
});
