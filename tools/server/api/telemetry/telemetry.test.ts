import type { EventInput } from '@tributary/contract/nouns/event';
import { addSeconds, createClock, type Timestamp } from '@tributary/contract/time';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { type Example, startExample } from '../../test-support/example-server.ts';

let example: Example;
let run: string;
beforeAll(async () => {
  example = await startExample();
  const { deployment } = await example.deploy();
  run = (await example.client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: {} })).data.id;
});
afterAll(() => example.close());

const clock = createClock();

function eventOf(
  id: string,
  type: string,
  facts: { at?: Timestamp; run_count?: number; name?: string; inputs?: string[] } = {},
): EventInput {
  const at = facts.at ?? clock();
  const name = facts.name ?? `${type[0]}${type.slice(1).toLowerCase()}`;
  return {
    id: crypto.randomUUID(),
    occurred: at,
    event: `prefect.task-run.${name}`,
    resource: { 'prefect.resource.id': `prefect.task-run.${id}`, 'prefect.resource.name': 'fetch', 'prefect.orchestration': 'client' },
    related: [{ 'prefect.resource.id': `prefect.flow-run.${run}`, 'prefect.resource.role': 'flow-run' }],
    payload: {
      intended: { from: null, to: type },
      initial_state: null,
      validated_state: { type, name, message: null, state_details: { flow_run_id: run }, data: null },
      task_run: {
        name: 'fetch',
        task_key: 'fetch-1',
        dynamic_key: id,
        tags: ['t'],
        task_inputs: { items: (facts.inputs ?? []).map((input) => ({ input_type: 'task_run', id: input })), wait_for: [] },
        run_count: facts.run_count ?? 1,
        flow_run_run_count: 1,
        start_time: at,
        total_run_time: 0.5,
      },
    },
  };
}

it('events create task runs with their states, records and inputs', async () => {
  const [id, before] = [crypto.randomUUID(), crypto.randomUUID()];
  await example.client.createEvents({
    body: [eventOf(id, 'PENDING', { run_count: 0 }), eventOf(id, 'RUNNING'), eventOf(id, 'COMPLETED', { inputs: [before] })],
  });
  const { data: task } = await example.client.readTaskRun({ path: { id } });
  expect(task).toMatchObject({
    name: 'fetch',
    flow_run_id: run,
    state_type: 'COMPLETED',
    state_name: 'Completed',
    run_count: 1,
    total_run_time: 0.5,
    tags: ['t'],
    task_inputs: { items: [{ input_type: 'task_run', id: before }], wait_for: [] },
  });
  const { data: listed } = await example.client.filterTaskRuns({
    body: { task_runs: { id: { any_: [id] } }, flow_runs: { id: { any_: [run] } } },
  });
  expect(listed).toEqual([task]);
});

it("a late or repeated event changes nothing, and an event that can't be read is skipped and logged", async () => {
  const id = crypto.randomUUID();
  const running = eventOf(id, 'RUNNING');
  const done = eventOf(id, 'COMPLETED', { at: addSeconds(clock(), 1) });
  await example.client.createEvents({ body: [done, { ...eventOf(id, 'FAILED'), payload: {} }, running, running] });
  await example.client.createEvents({ body: [done] });
  expect((await example.client.readTaskRun({ path: { id } })).data.state_type).toBe('COMPLETED');
  expect(example.lines.join('\n')).toContain('An event was not recorded: event');
  const other = { ...eventOf(id, 'RUNNING'), event: 'prefect.flow-run.heartbeat' };
  expect((await example.client.createEvents({ body: [other] })).status).toBe(204);
});

it('3,000 events of 1,000 tasks are all recorded', async () => {
  const ids = Array.from({ length: 1000 }, () => crypto.randomUUID());
  for (let start = 0; start < ids.length; start += 100) {
    const body = ids.slice(start, start + 100).flatMap((id) => ['PENDING', 'RUNNING', 'COMPLETED'].map((type) => eventOf(id, type)));
    await example.client.createEvents({ body });
  }
  const { data } = await example.client.countTaskRuns({
    body: { task_runs: { state: { type: { any_: ['COMPLETED'] } } }, flow_runs: { id: { any_: [run] } } },
  });
  expect(data).toBeGreaterThanOrEqual(1000);
});

it('a task run is created by REST once per key, and its states are stored', async () => {
  const body = {
    flow_run_id: run as never,
    task_key: 'stand-in',
    dynamic_key: '0',
    name: 'child',
    state: { type: 'PENDING' as const },
    tags: null,
  };
  const first = await example.client.createTaskRun({ body });
  const again = await example.client.createTaskRun({ body });
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(again.data.id).toBe(first.data.id);
  const path = { id: first.data.id };
  await example.client.setFlowRunState({ path: { id: run }, body: { state: { type: 'PENDING' } } });
  await example.client.setFlowRunState({ path: { id: run }, body: { state: { type: 'RUNNING' } } });
  const running = await example.client.setTaskRunState({ path, body: { state: { type: 'RUNNING' } } });
  expect([running.status, running.data.status]).toEqual([201, 'ACCEPT']);
  await example.client.setTaskRunState({ path, body: { state: { type: 'COMPLETED' } } });
  expect((await example.client.readTaskRun({ path })).data).toMatchObject({ state_type: 'COMPLETED', run_count: 1 });
  const unknown = await example.send('POST', `/task_runs/${crypto.randomUUID()}/set_state`, { state: { type: 'RUNNING' } });
  expect(unknown).toMatchObject({ status: 404, body: { exception_message: expect.stringContaining('not found') } });
});

it('logs keep their order and are found by level, time and text', async () => {
  const at = clock();
  const line = (message: string, level = 20, timestamp = at) => ({ name: 'flow', level, message, timestamp, flow_run_id: run as never });
  await example.client.createLogs({
    body: [
      line('first of the same time'),
      line('second'),
      line('100% done', 30),
      line('connection lost', 40, addSeconds(at, 1)),
      line('retry later', 40, addSeconds(at, 2)),
    ],
  });
  const found = async (logs: object, sort: 'TIMESTAMP_ASC' | 'TIMESTAMP_DESC' = 'TIMESTAMP_ASC') =>
    (await example.client.filterLogs({ body: { logs: { flow_run_id: { any_: [run as never] }, ...logs }, sort } })).data.map(
      ({ message }) => message,
    );
  expect(await found({})).toEqual(['first of the same time', 'second', '100% done', 'connection lost', 'retry later']);
  expect(await found({ level: { ge_: 30, le_: 30 } })).toEqual(['100% done']);
  expect(await found({ timestamp: { after_: addSeconds(at, 1) } }, 'TIMESTAMP_DESC')).toEqual(['retry later', 'connection lost']);
  expect(await found({ text: { query: 'SECOND retry' } })).toEqual(['second', 'retry later']);
  expect(await found({ text: { query: '"connection lost" retry -later' } })).toEqual(['connection lost']);
  expect(await found({ text: { query: '%' } })).toEqual(['100% done']);
  expect(await found({ text: { query: '+of +time' } })).toEqual(['first of the same time']);
  expect(await example.send('POST', '/logs/', [])).toEqual({ status: 201, body: null });
});

it("times in Python's format are accepted", async () => {
  const body = [
    { name: 'py', level: 20, message: 'from Python', timestamp: '2026-01-02 03:04:05.678901+01:00', flow_run_id: null, task_run_id: null },
  ];
  expect((await example.send('POST', '/logs/', body)).status).toBe(201);
  const { data } = await example.client.filterLogs({ body: { logs: { text: { query: '"from Python"' } } } });
  expect(data[0]?.timestamp).toBe('2026-01-02T02:04:05.678901Z');
});

it('artifacts are stored and found by run, key and type', async () => {
  const { data } = await example.client.createArtifact({
    body: { key: 'rows', type: 'table', data: [{ a: 1 }], description: 'd', metadata_: { m: 'x' }, flow_run_id: run as never },
  });
  expect((await example.client.readArtifact({ path: { id: data.id } })).data).toEqual(data);
  const { data: found } = await example.client.filterArtifacts({
    body: { artifacts: { key: { any_: ['rows'] }, type: { any_: ['table'] } }, flow_runs: { id: { any_: [run as never] } } },
  });
  expect(found).toEqual([data]);
  await expect(example.client.createArtifact({ body: { key: 'Not A Key' } })).rejects.toThrow('only lowercase letters');
});
