import { describe, expect, it } from 'vitest';

import { isAlive, openStage } from './test-support/stage.ts';

describe('a worker that is stopped', () => {
  it.concurrent('lets its runs end while it drains, takes no new runs, and leaves no process', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const worker = await stage.work({ prestart: 1 });
    const id = server.addRun(deployment, { do: 'wait' });
    await stage.host(id);
    await stage.started(2);
    const stopped = worker.stop({ drainSeconds: 60 });
    const late = server.addRun(deployment, { do: 'complete' });
    await stage.finish(id);
    await stopped;
    expect(server.state(id).type).toBe('COMPLETED');
    expect(server.state(late).type).toBe('SCHEDULED');
    expect(stage.hosts().filter(isAlive)).toEqual([]);
  });

  it.concurrent('asks the remaining runs to end, and kills a host that ignores the request, with its descendants', async ({
    onTestFinished,
  }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const worker = await stage.work({ graceSeconds: 0.3 });
    const [heard, deaf, cancelled] = ['hang', 'deaf', 'deaf'].map((act) => server.addRun(deployment, { do: act }));
    const ids = [heard, deaf, cancelled].map(String);
    const hosts = await Promise.all(ids.map((id) => stage.host(id)));
    await stage.until('all RUNNING', () => ids.every((id) => server.state(id).type === 'RUNNING'));
    server.write(String(cancelled), { type: 'CANCELLING' });
    await stage.until('a request for interruptions', () => server.asked('/tributary/interruptions').length > 1);
    await worker.stop({ drainSeconds: 0.1 });
    expect(server.state(String(heard))).toMatchObject({ type: 'CRASHED', message: 'the host heard: worker stopping' });
    expect(server.state(String(deaf))).toMatchObject({ type: 'CRASHED', message: 'Worker "w1" was stopped before the run ended.' });
    expect(server.state(String(cancelled))).toMatchObject({
      type: 'CANCELLED',
      message: expect.stringContaining('was ended with SIGKILL'),
    });
    expect(hosts.flatMap(({ pid, child }) => [pid, child ?? pid]).filter(isAlive)).toEqual([]);
  });

  it.concurrent('releases a run that it claimed and had not started', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const worker = await stage.work();
    const stopped = Promise.withResolvers<void>();
    const submitting = Promise.withResolvers<void>();
    server.intercept = async ({ path, body }) => {
      if (path.endsWith('/set_state') && JSON.stringify(body).includes('Submitting')) {
        submitting.resolve();
        await stopped.promise;
      }
      return undefined;
    };
    const id = server.addRun(deployment, { do: 'complete' });
    await submitting.promise;
    const stopping = worker.stop();
    stopped.resolve();
    await stopping;
    expect(server.history(id)).toEqual(['Scheduled', 'Pending', 'Submitting', 'Scheduled']);
    await stage.work({ name: 'next' });
    await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
  });
});
