import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { isAlive, openStage, writeTree } from '../test-support/stage.ts';

describe.concurrent('a run host', () => {
  it('starts in advance, executes one run, and is replaced by another host', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    await stage.work({ prestart: 1 });
    await stage.started(1);
    const first = server.addRun(deployment, { do: 'complete' });
    await stage.started(2);
    const second = server.addRun(deployment, { do: 'complete' });
    await stage.started(3);
    expect([await stage.host(first), await stage.host(second)].map(({ pid }) => pid)).toEqual(stage.hosts().slice(0, 2));
    // With a claim, a waiting host gets the run without another round trip.
    expect(server.history(first)).toEqual(['Scheduled', 'Pending', 'Running', 'Completed']);
  });

  it('that waits executes a run on a server without claims, too', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, []);
    await stage.work({ prestart: 1 });
    await stage.started(1);
    const id = server.addRun(deployment, { do: 'complete' });
    const { pid, ticket } = await stage.host(id);
    expect(pid).toBe(stage.hosts()[0]);
    expect(ticket.claimedStateId).toBe(server.rows.get(id)?.states[1]?.id);
    expect(server.history(id).slice(0, 3)).not.toContain('Submitting');
    // The holder and its process are reported before the run's code starts.
    expect(server.requests.findIndex(({ path }) => path.endsWith('/labels'))).toBeGreaterThan(0);
    expect(server.rows.get(id)?.run.infrastructure_pid).toContain(`:${pid}`);
  });

  it('gets only the variables that it should have', async ({ onTestFinished }) => {
    const { server, deployment, root, ...stage } = await openStage(onTestFinished);
    const env = {
      PATH: process.env['PATH'],
      HOME: '/home/somebody',
      TZ: 'UTC',
      SECRET: 'no',
      WANTED: 'yes',
      API_KEY: 'key',
      OTHER_KEY: 'no',
    };
    const api = { url: server.url, credential: { variable: 'API_KEY', scheme: 'Bearer' as const }, features: [] };
    await stage.work({ env, passEnv: ['WANTED'], api });
    const host = await stage.host(server.addRun(deployment, { do: 'complete' }));
    const { NODE_CHANNEL_FD, NODE_CHANNEL_SERIALIZATION_MODE, ...given } = host.env;
    expect([NODE_CHANNEL_FD, NODE_CHANNEL_SERIALIZATION_MODE]).not.toContain('no');
    expect(given).toEqual({
      PATH: process.env['PATH'],
      HOME: '/home/somebody',
      TZ: 'UTC',
      WANTED: 'yes',
      API_KEY: 'key',
      TRIBUTARY_API_URL: server.url,
      NODE_COMPILE_CACHE: join(root, '.tributary', 'compile-cache'),
    });
  });

  it('is a new process, started with NODE_OPTIONS, for a run that sets NODE_OPTIONS', async ({ onTestFinished }) => {
    const { server, root, ...stage } = await openStage(onTestFinished);
    const pull_steps = [{ 'tributary.local_folder': { root } }];
    const deployment = server.addDeployment({
      path: 'ints/one',
      pull_steps,
      job_variables: { env: { NODE_OPTIONS: '--no-warnings', LEVEL: 3 } },
    });
    await stage.work({ prestart: 1 });
    await stage.started(1);
    const host = await stage.host(server.addRun(deployment, { do: 'complete' }));
    expect(host.env).toMatchObject({ NODE_OPTIONS: '--no-warnings', LEVEL: '3' });
    expect(host.ticket.env).toEqual({ NODE_OPTIONS: '--no-warnings', LEVEL: '3' });
    expect(host.pid).not.toBe(stage.hosts()[0]);
  });

  it('that dies while it waits is replaced, and no run is lost', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    await stage.work({ prestart: 1 });
    await stage.started(1);
    process.kill(Number(stage.hosts()[0]), 'SIGKILL');
    await stage.started(2);
    const host = await stage.host(server.addRun(deployment, { do: 'complete' }));
    expect(host.pid).toBe(stage.hosts()[1]);
  });

  it('that can not start crashes its run with the reason', async ({ onTestFinished }) => {
    const { server, deployment, root, ...stage } = await openStage(onTestFinished);
    writeTree(root, { 'framework/host.ts': `throw new Error('a broken framework');\n` });
    await stage.work();
    const id = server.addRun(deployment, { do: 'complete' });
    await stage.until('CRASHED', () => server.state(id).type === 'CRASHED');
    expect(server.state(id).message).toContain('ended before it was ready: exit code 1');
    expect(server.state(id).message).toContain('a broken framework');
  });

  it('that waits is not used after a change of the framework', async ({ onTestFinished }) => {
    const { server, deployment, root, ...stage } = await openStage(onTestFinished);
    await stage.work({ prestart: 1 });
    await stage.started(1);
    writeTree(root, { 'framework/newer.ts': 'export {};\n' });
    const host = await stage.host(server.addRun(deployment, { do: 'complete' }));
    expect(host.pid).not.toBe(stage.hosts()[0]);
  });

  it.for([
    ['2', 2],
    ['2-3', 3],
    ['3-9', 3],
  ] as const)('that takes tickets of versions %s gets one of version %i', async ([taken, version], { onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    await stage.work({ env: { ...process.env, FIXTURE_VERSIONS: taken }, passEnv: ['FIXTURE_VERSIONS'] });
    const id = server.addRun(deployment, { do: 'complete' });
    expect((await stage.host(id)).ticket.version).toBe(version);
  });

  it.for([
    ['1', 'version 1, and this worker writes versions 2 to 3. Its @tributary/flow is older than this worker. Update it in the code'],
    ['4-6', 'versions 4 to 6, and this worker writes versions 2 to 3. Its @tributary/flow is newer than this worker. Update the worker'],
  ] as const)('that only takes tickets of versions %s crashes its run with what to do', async ([taken, sentence], { onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    await stage.work({ env: { ...process.env, FIXTURE_VERSIONS: taken }, passEnv: ['FIXTURE_VERSIONS'] });
    const id = server.addRun(deployment, { do: 'complete' });
    await stage.until('CRASHED', () => server.state(id).type === 'CRASHED');
    expect(server.state(id).message).toContain(`takes tickets of ${sentence}`);
    expect(stage.hosts().filter(isAlive)).toEqual([]);
  });

  it('that is not installed crashes its run with an explanation', async ({ onTestFinished }) => {
    const { server, deployment, root, ...stage } = await openStage(onTestFinished);
    rmSync(join(root, 'node_modules'), { recursive: true });
    await stage.work({ prestart: 1 });
    expect(stage.said[0]).toContain('has no @tributary/flow');
    const id = server.addRun(deployment, { do: 'complete' });
    await stage.until('CRASHED', () => server.state(id).type === 'CRASHED');
    expect(server.state(id).message).toContain(`The work tree ${root} has no @tributary/flow`);
  });
});
