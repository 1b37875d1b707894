import { describe, expect, it } from 'vitest';

import { isAlive, openStage } from '../test-support/stage.ts';

describe.concurrent('a run whose host', () => {
  it.concurrent.for<[string, Record<string, unknown>, string]>([
    ['exits with 0 before its last report', { do: 'exit', code: 0 }, 'ended with exit code 0 before it reported'],
    ['exits with another code', { do: 'exit', code: 7 }, 'ended with exit code 7'],
    ['is killed', { do: 'die' }, 'killed (SIGKILL). The machine may be out of memory.'],
    ['is ended by a signal', { do: 'die', signal: 'SIGTERM' }, 'ended by signal SIGTERM'],
    ['throws', { do: 'throw' }, 'the fixture broke'],
  ])('%s is Crashed once, within a second, with the reason', async ([, parameters, message], { onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    await stage.work();
    const id = server.addRun(deployment, parameters);
    const { pid } = await stage.host(id);
    await stage.until('its death', () => !isAlive(pid));
    await stage.until('CRASHED', () => server.state(id).type === 'CRASHED', 1);
    expect(server.state(id).message).toContain(message);
    expect(server.history(id).slice(2)).toEqual(['Submitting', 'Running', 'Crashed']);
  });

  it.concurrent('dies leaves no descendant process', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    await stage.work();
    const id = server.addRun(deployment, { do: 'family' });
    const { child } = await stage.host(id);
    await stage.until('CRASHED', () => server.state(id).type === 'CRASHED');
    await stage.until('the end of the child', () => child !== undefined && !isAlive(child), 5);
    expect(server.state(id).message).toContain('SIGKILL');
  });

  it.concurrent('prints has its lines in the logs', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    await stage.work();
    const id = server.addRun(deployment, { do: 'print' });
    await stage.until('four lines', () => server.logs.length === 4);
    const lines = (name: string) => server.logs.filter((log) => log.name === name).map(({ level, message }) => [level, message]);
    expect(lines('stdout')).toEqual([
      [20, 'one'],
      [20, 'two and a half'],
      [20, 'unfinished'],
    ]);
    expect(lines('stderr')).toEqual([[30, 'careful']]);
    expect(new Set(server.logs.map(({ timestamp }) => timestamp)).size).toBe(4);
    expect(server.logs.every(({ flow_run_id }) => flow_run_id === id)).toBe(true);
  });

  it.concurrent('ends with unsent log lines has them posted', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    await stage.work();
    const id = server.addRun(deployment, { do: 'last words' });
    await stage.until('a line', () => server.logs.length > 0);
    expect(server.logs).toMatchObject([{ name: 'flow', message: 'the last', flow_run_id: id }]);
  });

  it.concurrent("prints has each line in the logs once and in order although answers are lost, and its host's batches under their own ids", async ({
    onTestFinished,
  }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    await stage.work();
    let posts = 0;
    server.loses = ({ path }) => path === '/logs/' && (posts += 1) % 3 !== 0;
    const [many, last] = [server.addRun(deployment, { do: 'print many' }), server.addRun(deployment, { do: 'last words' })];
    await stage.until('all lines', () => server.logs.length >= 1001);
    await stage.until('an answer', () => posts % 3 === 0);
    const of = (id: string) => server.logs.filter(({ flow_run_id }) => flow_run_id === id).map(({ message }) => message);
    expect(of(many)).toEqual(Array.from({ length: 1000 }, (_, line) => `line ${line}`));
    expect(of(last)).toEqual(['the last']);
    const batches = new Map<unknown, Set<string>>();
    for (const { headers, body } of server.asked('/logs/')) {
      const id = headers['tributary-request'];
      batches.set(id, (batches.get(id) ?? new Set()).add(JSON.stringify(body)));
    }
    expect([...batches.values()].every((bodies) => bodies.size === 1)).toBe(true);
    expect([...(batches.get(last) ?? [])].map((body) => body.includes('the last'))).toEqual([true]);
  });

  it.concurrent.for([500, 401])(
    'dies is Crashed although the server first answered %i, and only the refused log line is lost',
    async (status, { onTestFinished }) => {
      const { server, deployment, ...stage } = await openStage(onTestFinished);
      await stage.work();
      let broken = 2;
      server.intercept = ({ path, body }) => {
        if (path === '/logs/' && JSON.stringify(body).includes('line 0')) return { status: 422 };
        return JSON.stringify(body ?? {}).includes('CRASHED') && (broken -= 1) >= 0 ? { status } : undefined;
      };
      const id = server.addRun(deployment, { do: 'print many' });
      await stage.until('CRASHED', () => server.state(id).type === 'CRASHED');
      await stage.until('the last line', () => server.logs.some(({ message }) => message === 'line 999'));
      expect(server.history(id).filter((name) => name === 'Crashed')).toHaveLength(1);
      await stage.until('what is lost', () => stage.said.join('\n').includes('1 log line was lost'));
      const lines = server.logs.map(({ message }) => message);
      expect(lines.filter((line) => line.startsWith('line '))).toEqual(Array.from({ length: 999 }, (_, line) => `line ${line + 1}`));
      await stage.until('a notice', () => server.logs.some(({ message }) => message.startsWith('1 log line was dropped around here')));
    },
  );

  it.concurrent('does not exit after its last report keeps its state, and the host is killed', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const worker = await stage.work();
    const id = server.addRun(deployment, { do: 'linger' });
    const { pid } = await stage.host(id);
    await stage.until('a free slot', () => worker.running() === 0);
    await worker.stop();
    expect(isAlive(pid)).toBe(false);
    expect(server.history(id).at(-1)).toBe('Completed');
  });

  it.concurrent('dies during an outage is Crashed after the outage, and releases its slot immediately', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const worker = await stage.work({ limit: 1 });
    const id = server.addRun(deployment, { do: 'hang' });
    const { pid } = await stage.host(id);
    await stage.until('RUNNING', () => server.state(id).type === 'RUNNING');
    await server.stop();
    process.kill(pid, 'SIGKILL');
    await stage.until('a free slot', () => worker.running() === 0);
    await server.start();
    await stage.until('CRASHED', () => server.state(id).type === 'CRASHED');
    expect(server.state(id).message).toContain('SIGKILL');
  });
});

describe.concurrent.each([
  ['a server with interruptions', undefined],
  ['a plain Prefect server', []],
])('a run cancelled on %s', (_, features) => {
  it.concurrent('is asked to end, and ends by itself', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, features);
    await stage.work();
    const id = server.addRun(deployment, { do: 'hang' });
    await stage.until('RUNNING', () => server.state(id).type === 'RUNNING');
    server.write(id, { type: 'CANCELLING' });
    await stage.until('CANCELLED', () => server.state(id).type === 'CANCELLED');
    expect(server.state(id).message).toBe('the host heard: cancelled');
  });
});

describe.concurrent('a run that only waits for its child runs', () => {
  it.concurrent('lets other runs start in its slot, and takes the slot back', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const worker = await stage.work({ limit: 1 });
    const parent = server.addRun(deployment, { do: 'lend' });
    const child = server.addRun(deployment, { do: 'complete' });
    await stage.until('the child', () => server.state(child).type === 'COMPLETED');
    expect(server.state(parent).type).toBe('RUNNING');
    await stage.until('the end of the child', () => worker.running() === 1);
    await stage.finish(parent);
    await stage.until('the parent', () => server.state(parent).type === 'COMPLETED');
    await stage.until('no run', () => worker.running() === 0);
    const last = server.addRun(deployment, { do: 'complete' });
    await stage.until('the last', () => server.state(last).type === 'COMPLETED');
  });

  it.concurrent('and whose host dies is Crashed, and its slot is free once', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    await stage.work({ limit: 1 });
    const parent = server.addRun(deployment, { do: 'lend' });
    const child = server.addRun(deployment, { do: 'wait' });
    await stage.until('the child', () => server.state(child).type === 'RUNNING');
    process.kill((await stage.host(parent)).pid, 'SIGKILL');
    await stage.until('CRASHED', () => server.state(parent).type === 'CRASHED');
    const next = server.addRun(deployment, { do: 'complete' });
    await stage.finish(child);
    await stage.until('the next', () => server.state(next).type === 'COMPLETED');
    expect(server.row(next).states[1]?.timestamp).toSatisfy((claimed: string) => claimed > server.state(child).timestamp);
  });
});

describe.concurrent('a run that is paused', () => {
  it.concurrent('is notified of each pause once', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    await stage.work();
    const [id, other] = [server.addRun(deployment, { do: 'hang' }), server.addRun(deployment, { do: 'hang' })];
    await stage.until('RUNNING', () => [id, other].every((each) => server.state(each).type === 'RUNNING'));
    const heard = (run: string) => server.logs.filter(({ message, flow_run_id }) => message === 'paused' && flow_run_id === run).length;
    server.write(id, { type: 'PAUSED' });
    await stage.until('the notice', () => heard(id) === 1);
    server.write(id, { type: 'RUNNING' });
    server.write(id, { type: 'PAUSED' });
    await stage.until('another notice', () => heard(id) === 2);
    expect(heard(other)).toBe(0);
  });
});

describe.concurrent('a run that is cancelled', () => {
  it.concurrent('and dies before it was asked to end is Cancelled, not Crashed', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, ['claim', 'long-poll']);
    await stage.work();
    const id = server.addRun(deployment, { do: 'hang' });
    const { pid } = await stage.host(id);
    await stage.until('RUNNING', () => server.state(id).type === 'RUNNING');
    server.write(id, { type: 'CANCELLING' });
    process.kill(pid, 'SIGKILL');
    await stage.until('CANCELLED', () => server.state(id).type === 'CANCELLED');
    expect(server.history(id).slice(-2)).toEqual(['Cancelling', 'Cancelled']);
  });

  it.concurrent('between its claim and its ticket never starts', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const id = server.addRun(deployment, { do: 'complete' });
    server.intercept = ({ path }) => {
      if (path === `/flow_runs/${id}/set_state` && server.state(id).name === 'Pending') server.write(id, { type: 'CANCELLING' });
      return undefined;
    };
    await stage.work();
    await stage.until('CANCELLED', () => server.state(id).type === 'CANCELLED');
    expect(server.history(id)).toEqual(['Scheduled', 'Pending', 'Cancelling', 'Cancelled']);
  });
});
