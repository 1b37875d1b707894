import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { copyRows } from '@tributary/postgres';

import { eventually } from '../../../test/support/eventually.ts';
import { type Running, startCommand } from '../test-support/command.ts';
import { createWorkspace } from '../test-support/stage.ts';

const ready = z.object({ host: z.string(), port: z.int(), database: z.string(), user: z.string(), passwordFile: z.string() });

describe('postgres start', () => {
  let workspace: ReturnType<typeof createWorkspace>;
  let started: Running[];
  beforeEach(() => {
    workspace = createWorkspace();
    // As root, Postgres runs as another user, who must be able to enter the workspace.
    chmodSync(workspace.root, 0o711);
    started = [];
  });
  afterEach(async () => {
    for (const running of started) running.kill('SIGINT');
    await Promise.all(started.map(({ ended }) => ended));
    workspace.remove();
  });

  const start = (args: readonly string[] = []): Running => {
    const running = startCommand(['postgres', 'start', ...args], { cwd: workspace.root });
    started.push(running);
    return running;
  };
  const isUp = ({ passwordFile, ...connection }: z.output<typeof ready>) =>
    copyRows({
      connection: { ...connection, password: readFileSync(passwordFile, 'utf8') },
      table: 'people',
      columns: { id: 'integer' },
      mode: 'append',
      rows: [{ id: 1 }],
    }).then(
      ({ rows }) => rows === 1,
      () => false,
    );

  it('prints where it listens and how to make secrets, never the password, and ends on Ctrl-C', async () => {
    const running = start();
    const [, port] = await running.printed(/Postgres listens at 127\.0\.0\.1:(\d+), database "postgres", user "tributary_dev"/);
    await running.printed(/secret set postgres-pass < /);
    const passwordFile = join(workspace.home, 'postgres', 'password');
    expect(running.output()).toContain(`npx tributary secret set postgres-pass < ${passwordFile}`);
    expect(running.output()).toContain('printf %s tributary_dev | npx tributary secret set postgres-user');
    const connection = { host: '127.0.0.1', port: Number(port), database: 'postgres', user: 'tributary_dev', passwordFile };
    expect(await isUp(connection)).toBe(true);
    running.kill('SIGINT');
    const ended = await running.ended;
    expect(ended.code).toBe(0);
    expect(ended.stdout + ended.stderr).not.toContain(readFileSync(passwordFile, 'utf8'));
    expect(await isUp(connection)).toBe(false);
  });

  it('ends Postgres when it is killed, and starts again in the folder of --dir', async () => {
    const first = start(['--json', '--dir', 'elsewhere']);
    const connection = ready.parse(JSON.parse((await first.printed(/\{.*\}\n/))[0]));
    expect(connection.passwordFile).toBe(join(workspace.root, 'elsewhere', 'password'));
    expect(await isUp(connection)).toBe(true);
    first.kill('SIGKILL');
    await eventually(
      () => isUp(connection),
      (up) => !up,
    );
    await eventually(
      async () => {
        const again = start(['--dir', 'elsewhere', '--port', String(connection.port)]);
        return await again.printed(/listens at/).then(
          () => true,
          () => false,
        );
      },
      (up) => up,
    );
    expect(await isUp(connection)).toBe(true);
  });

  it('fails if Postgres ends by itself', async () => {
    const running = start(['--json']);
    await running.printed(/\{.*\}\n/);
    const [pid] = readFileSync(join(workspace.home, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n');
    process.kill(Number(pid), 'SIGKILL');
    const { code, stderr } = await running.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('Postgres ended by itself');
  });
});
