import { describe, expect, it } from 'vitest';

import { isAlive, openStage } from './test-support/stage.ts';

describe('a worker that is stopped', () => {
  it.concurrent('lets its runs end while it drains, takes no new runs, and leaves no process', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const worker = await stage.work({ prestart: 1 });
    const id = server.addRun(deployment, { do: 'wait', milliseconds: 1500 });
    await stage.host(id);
    await stage.started(2);
    const stopped = worker.stop({ drainSeconds: 10 });
    const late = server.addRun(deployment, { do: 'complete' });
    await stopped;
    expect(server.state(id).type).toBe('COMPLETED');
    expect(server.state(late).type).toBe('SCHEDULED');
    expect(stage.hosts().filter(isAlive)).toEqual([]);
  });

  it.concurrent('asks the remaining runs to end, and kills a host that ignores it', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const worker = await stage.work({ graceSeconds: 0.3 });
    const [heard, deaf] = [server.addRun(deployment, { do: 'hang' }), server.addRun(deployment, { do: 'deaf' })];
    const hosts = await Promise.all([stage.host(heard), stage.host(deaf)]);
    await stage.until('both RUNNING', () => [heard, deaf].every((id) => server.state(id).type === 'RUNNING'));
    await worker.stop({ drainSeconds: 0.1 });
    expect(server.state(heard)).toMatchObject({ type: 'CRASHED', message: 'the host heard: worker stopping' });
    expect(server.state(deaf)).toMatchObject({ type: 'CRASHED', message: 'Worker "w1" was stopped before the run ended.' });
    expect(hosts.flatMap(({ pid, child }) => [pid, child ?? pid]).filter(isAlive)).toEqual([]);
  });

  it.concurrent('ends the draining at a second call', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const worker = await stage.work();
    const id = server.addRun(deployment, { do: 'hang' });
    await stage.until('RUNNING', () => server.state(id).type === 'RUNNING');
    const first = worker.stop({ drainSeconds: 60 });
    await worker.stop();
    await first;
    expect(server.state(id).type).toBe('CRASHED');
  });

  it.concurrent('releases a run that it claimed and had not started', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const worker = await stage.work();
    server.intercept = async ({ path, body }) => {
      if (path.endsWith('/set_state') && JSON.stringify(body).includes('Submitting'))
        await new Promise((resolve) => setTimeout(resolve, 300));
      return undefined;
    };
    const id = server.addRun(deployment, { do: 'complete' });
    await stage.until('PENDING', () => server.state(id).type === 'PENDING');
    await worker.stop();
    expect(server.history(id)).toEqual(['Scheduled', 'Pending', 'Submitting', 'Scheduled']);
    await stage.work({ name: 'next' });
    await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
  });

  it.concurrent('does not wait long for an unreachable server', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const worker = await stage.work({ graceSeconds: 0.1 });
    const id = server.addRun(deployment, { do: 'hang' });
    const { pid } = await stage.host(id);
    await stage.until('RUNNING', () => server.state(id).type === 'RUNNING');
    await server.stop();
    const begin = performance.now();
    await worker.stop();
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect(isAlive(pid)).toBe(false);
  });

  it.concurrent('does not wait long for a server that accepts requests and never answers', async ({ onTestFinished }) => {
    const { server, ...stage } = await openStage(onTestFinished, []);
    const worker = await stage.work({ heartbeatSeconds: 0.1 });
    server.intercept = () => new Promise(() => undefined);
    const asked = server.requests.length;
    await stage.until('a request that hangs', () => server.requests.length > asked);
    const begin = performance.now();
    await worker.stop();
    expect(performance.now() - begin).toBeLessThan(9_000);
  });
});
