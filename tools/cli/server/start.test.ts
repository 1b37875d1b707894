import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { type Running, startCommand } from '../test-support/command.ts';
import { createWorkspace } from '../test-support/stage.ts';

const ready = z.object({ url: z.url(), boot: z.guid(), pid: z.int() });

describe('server start and worker start', () => {
  let workspace: ReturnType<typeof createWorkspace>;
  let started: Running[];
  beforeEach(() => {
    workspace = createWorkspace();
    started = [];
  });
  afterEach(async () => {
    for (const running of started) running.kill('SIGKILL');
    await Promise.all(started.map(({ ended }) => ended));
    workspace.remove();
  });

  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Running => {
    const running = startCommand(args, { cwd: workspace.root, env });
    started.push(running);
    return running;
  };

  it('say in one line that they are ready, work together, and end gracefully', async () => {
    const server = start(['server', 'start', '--port', '0', '--json']);
    const [line] = await server.printed(/\{.*\}\n/);
    const { url, pid } = ready.parse(JSON.parse(line));
    expect(pid).toBe(server.pid);
    const worker = start(['worker', 'start', '--pool', 'heavy', '--prestart', '0']);
    await worker.printed(/Worker .+ takes runs of work pool "heavy" from http:\/\/127\.0\.0\.1:\d+\/api\. Ctrl-C stops it\./);
    expect(worker.output()).toContain(url);
    const pools = await startCommand(['work-pool', 'ls'], { cwd: workspace.root }).ended;
    expect(pools.stdout).toMatch(/heavy +tributary +READY +- +1/);
    worker.kill('SIGINT');
    expect((await worker.ended).code).toBe(0);
    server.kill('SIGTERM');
    const ended = await server.ended;
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ url });
    const after = await startCommand(['work-pool', 'ls'], { cwd: workspace.root }).ended;
    expect(after.stderr).toContain('No Tributary server is running');
  });

  it('say that other commands use another server if a variable names one', async () => {
    const elsewhere = { TRIBUTARY_API_URL: 'http://127.0.0.1:1/api' };
    const server = start(['server', 'start', '--port', '0', '--json'], elsewhere);
    const [, url = ''] = await server.printed(/"url":"([^"]+)"/);
    await server.printed(/TRIBUTARY_API_URL is set, so other commands use that server/);
    expect(server.output()).toContain(`unset the variable, or set it to ${url}`);
    server.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
  });

  it('refuse a second server in one home, a taken port, a newer database, a file as home, and other machines without a password', async () => {
    const server = start(['server', 'start', '--port', '0']);
    await server.printed(/listens at http/);
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = z.object({ port: z.int() }).parse(taken.address());
    const file = join(workspace.root, 'taken');
    writeFileSync(file, '');
    const other = join(workspace.root, 'other');
    mkdirSync(other);
    const newer = join(workspace.root, 'newer');
    mkdirSync(newer);
    const database = new DatabaseSync(join(newer, 'tributary.db'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    const refused = await Promise.all(
      [
        start(['server', 'start', '--port', '0']),
        start(['server', 'start', '--port', String(address.port)], { TRIBUTARY_HOME: other }),
        start(['server', 'start', '--port', '0'], { TRIBUTARY_HOME: newer }),
        start(['server', 'start', '--port', '0'], { TRIBUTARY_HOME: file }),
        start(['server', 'start', '--port', '0', '--host', '0.0.0.0'], { TRIBUTARY_HOME: join(workspace.root, 'third') }),
      ].map(({ ended }) => ended),
    );
    taken.close();
    expect(refused.map(({ code, stdout }) => [code, stdout])).toEqual(refused.map(() => [1, '']));
    const [second, port, version, home, host] = refused.map(({ stderr }) => stderr);
    expect(second).toMatch(new RegExp(`already runs .*pid ${server.pid}, http://127\\.0\\.0\\.1:\\d+/api.*Use that server, stop it`));
    expect(port).toMatch(new RegExp(`Port ${address.port} of 127\\.0\\.0\\.1 is taken by another program\\. .*--port`));
    expect(version).toMatch(/newer\/tributary\.db has version 99, newer than the \d+ that this server supports\. Update the framework/);
    expect(home).toContain(file);
    expect(host).toContain('TRIBUTARY_API_AUTH_STRING');
    for (const { stderr } of refused) expect(stderr).not.toMatch(/^\s+at |Unexpected error/m);
  });

  it('end at once on a second signal', async () => {
    const server = start(['server', 'start', '--port', '0']);
    const [, url = ''] = await server.printed(/listens at (http\S+)\/api/);
    // An open request delays a graceful end.
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('POST /api/flows/ HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 9\r\n\r\n');
    await sleep(100);
    server.kill('SIGINT');
    await sleep(700);
    const asked = performance.now();
    server.kill('SIGINT');
    expect((await server.ended).code).toBe(1);
    expect(performance.now() - asked).toBeLessThan(10_000);
    socket.destroy();
  });

  it('give each worker a name of its own, which it has again after a restart', async () => {
    await start(['server', 'start', '--port', '0']).printed(/listens/);
    const named = async (): Promise<[Running, string]> => {
      const worker = start(['worker', 'start', '--prestart', '0', '--json']);
      const [line] = await worker.printed(/\{"worker".*\}\n/);
      return [worker, z.object({ worker: z.string() }).parse(JSON.parse(line)).worker];
    };
    const [first, name] = await named();
    const [, other] = await named();
    expect(other).not.toBe(name);
    first.kill('SIGKILL');
    await first.ended;
    expect((await named())[1]).toBe(name);
  });
});
