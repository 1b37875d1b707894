import { TributaryError } from '@tributary/contract/error';
import { type FlowRunId, newId, type StateId, type TaskRunId } from '@tributary/contract/id';
import { logCreate } from '@tributary/contract/nouns/log';
import type { State, StateType } from '@tributary/contract/nouns/state';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { flowOf } from '../run/flow-definition.ts';
import { flow } from '../author/flow.ts';
import type { ReportedTaskRun } from '../run/engine-port.ts';
import { StandInServer } from '../test-support/stand-in-server.ts';
import { createClients } from './clients.ts';
import { createServerPort, type ServerPort } from './server-port.ts';

let server: StandInServer;
let stop: AbortController;
beforeEach(async () => {
  server = await new StandInServer().start();
  stop = new AbortController();
});
afterEach(() => server.stop());

const definition = definitionOf(flow({ name: 'export', retries: 2, retryDelay: '1500ms' }, () => null));
function definitionOf(made: unknown) {
  const found = flowOf(made);
  if (!found) throw new Error('no flow');
  return found;
}

function portFor(
  run: { id: string; claim: string | null },
  patience = 5,
  lease: string | null = null,
): { port: ServerPort; ticket: { flowRunId: FlowRunId; flow: typeof definition } } {
  // The stand-in server's ids are plain strings.
  const id = run.id as FlowRunId;
  const clients = createClients({ url: server.url, authorization: undefined, patience });
  const port = createServerPort({
    clients,
    signal: stop.signal,
    root: { id, attempt: 1, claim: run.claim, claimedStateId: newId<StateId>(), lease },
    features: ['claim'],
  });
  return { port, ticket: { flowRunId: id, flow: definition } };
}

function stateOf(port: ServerPort, type: StateType, name: string): State {
  return { id: newId<StateId>(), type, name, timestamp: port.clock(), message: null, state_details: {} };
}

it("a task run's states arrive as events, in order, with its counters and times", async () => {
  const { port, ticket } = portFor(server.addRun());
  const task_run: ReportedTaskRun = {
    id: newId<TaskRunId>(),
    flow_run_id: ticket.flowRunId,
    name: 'fetch-0',
    task_key: 'fetch',
    dynamic_key: '1-0',
    tags: ['a'],
    task_inputs: { page: [{ input_type: 'task_run', id: newId<TaskRunId>() }] },
    empirical_policy: { retries: 1, retry_delay: 2 },
    run_count: 1,
    flow_run_run_count: 1,
    expected_start_time: port.clock(),
    start_time: port.clock(),
    end_time: null,
    total_run_time: 0,
  };
  const running = stateOf(port, 'RUNNING', 'Running');
  const failed = { ...stateOf(port, 'FAILED', 'Failed'), message: 'the API is closed' };
  port.taskRun({ state: running, previous: null, task_run });
  port.taskRun({ state: failed, previous: running, task_run });
  await port.flush();

  const [first, second] = server.events;
  expect(first).toMatchObject({ id: running.id, occurred: running.timestamp, event: 'prefect.task-run.Running', follows: null });
  expect(second).toMatchObject({
    id: failed.id,
    event: 'prefect.task-run.Failed',
    follows: running.id,
    resource: {
      'prefect.resource.id': `prefect.task-run.${task_run.id}`,
      'prefect.resource.name': 'fetch-0',
      'prefect.run-count': '1',
      'prefect.state-type': 'FAILED',
      'prefect.state-name': 'Failed',
      'prefect.state-timestamp': failed.timestamp,
      'prefect.state-message': 'the API is closed',
      'prefect.orchestration': 'client',
    },
    related: [{ 'prefect.resource.id': `prefect.flow-run.${ticket.flowRunId}`, 'prefect.resource.role': 'flow-run' }],
    payload: {
      intended: { from: 'RUNNING', to: 'FAILED' },
      initial_state: { type: 'RUNNING', name: 'Running' },
      validated_state: { type: 'FAILED', name: 'Failed', message: 'the API is closed' },
      task_run: { name: 'fetch-0', task_key: 'fetch', dynamic_key: '1-0', task_inputs: task_run.task_inputs, run_count: 1, tags: ['a'] },
    },
  });
  expect(JSON.stringify(second?.payload['task_run'])).not.toContain('null');
});

it('the end of an attempt is proposed after all queued logs were sent', async () => {
  const run = server.addRun();
  const { port, ticket } = portFor(run);
  await port.beginAttempt(ticket);
  port.log(logCreate.parse({ name: 'x', level: 20, message: 'a line', timestamp: port.clock(), flow_run_id: ticket.flowRunId }));
  expect(await port.endAttempt(ticket, { type: 'COMPLETED' })).toMatchObject({ retryAt: null, state: { type: 'COMPLETED' } });
  const paths = server.calls.map(({ path }) => path);
  expect(paths).toContain('/logs/');
  expect(paths.indexOf('/logs/')).toBeLessThan(paths.lastIndexOf(`/flow_runs/${run.id}/set_state`));
});

it('a proposal counts although its answer was lost', async () => {
  const run = server.addRun();
  const { port, ticket } = portFor(run);
  server.losing.push(/set_state/);
  expect(await port.beginAttempt(ticket)).toMatchObject({ go: true, attempt: 1 });
  expect(run.run_count).toBe(1);
  server.losing.push(/set_state/);
  expect(await port.endAttempt(ticket, { type: 'COMPLETED' })).toMatchObject({ state: { type: 'COMPLETED' } });
});

it('a failed attempt learns when it is retried, and the next attempt has the next number', async () => {
  const run = server.addRun();
  const { port, ticket } = portFor(run);
  await port.beginAttempt(ticket);
  const end = await port.endAttempt(ticket, { type: 'FAILED' });
  expect(end.retryAt).toMatch(/Z$/);
  expect(run.policy).toMatchObject({ retries: 2, retry_delay: 2 });
  expect(await port.beginAttempt(ticket)).toMatchObject({ go: true, attempt: 2 });
});

it('a run that is being cancelled ends CANCELLED with the message of its cancel, whatever it proposes', async () => {
  const run = server.addRun();
  const { port, ticket } = portFor(run);
  await port.beginAttempt(ticket);
  const cancelling = { ...run.state, type: 'CANCELLING', name: 'Cancelling', message: 'The source is being moved.' };
  server.decisions.push({ type: 'COMPLETED', answer: { status: 'REJECT', state: cancelling } });
  expect(await port.endAttempt(ticket, { type: 'COMPLETED', message: 'All is loaded.' })).toMatchObject({
    retryAt: null,
    state: { type: 'CANCELLED', message: 'The source is being moved.' },
  });
});

it('a run that is stopped while it waits to begin does not begin', async () => {
  const run = server.addRun();
  const { port, ticket } = portFor(run);
  server.decisions.push({ type: 'RUNNING', answer: { status: 'WAIT', details: { type: 'wait_details', delay_seconds: 60 } } });
  const entry = port.beginAttempt(ticket);
  await server.until(() => server.proposals().length === 1);
  stop.abort(new TributaryError('cancelled', 'The run was cancelled.'));
  expect(await entry).toMatchObject({ go: false, state: { type: 'CANCELLED' } });
});

it('a deleted run does not begin', async () => {
  const { port, ticket } = portFor({ id: newId<FlowRunId>(), claim: null });
  expect(await port.beginAttempt(ticket)).toEqual({ go: false, state: null });
});

it('a child run is linked to its parent by a stand-in task', async () => {
  const { port, ticket } = portFor(server.addRun());
  const standIn = { flow_run_id: ticket.flowRunId, name: 'export', task_key: 'flow export', dynamic_key: '1-0', tags: [], task_inputs: {} };
  const child = await port.createChildInProcess({
    parentFlowRunId: ticket.flowRunId,
    flow: definition,
    parameters: { page: 1 },
    tags: ['a'],
    standIn,
    idempotencyKey: 'key',
  });
  const made = server.calls.find(({ path }) => path === '/task_runs/');
  expect(made?.body).toMatchObject({ ...standIn, state: { type: 'PENDING' } });
  expect(server.runs.get(child.flowRunId)?.body).toMatchObject({
    parent_task_run_id: expect.any(String),
    parameters: { page: 1 },
    tags: ['a'],
    idempotency_key: 'key',
    empirical_policy: { retries: 2, retry_delay: 2 },
  });
  expect(await port.beginAttempt({ flowRunId: child.flowRunId, flow: definition })).toMatchObject({ go: true, attempt: 1 });
});

it('the claim is sent with the states of its own run only', async () => {
  const run = server.addRun();
  const { port, ticket } = portFor(run);
  await port.beginAttempt(ticket);
  const other = server.addRun({ claim: null });
  // The stand-in server's ids are plain strings.
  await port.beginAttempt({ flowRunId: other.id as FlowRunId, flow: definition });
  const claims = server.calls.filter(({ path }) => path.endsWith('set_state')).map(({ headers }) => headers['tributary-claim']);
  expect(claims).toEqual([run.claim, undefined]);
});

it('secrets and variables are read by name; an unknown one is undefined', async () => {
  const { port } = portFor(server.addRun());
  const document = { id: newId(), name: 'key', block_schema_id: newId(), block_type_id: newId() };
  server.answers.set('GET /block_types/slug/secret/block_documents/name/key', {
    status: 200,
    body: { ...document, data: { value: 's3cret' } },
  });
  const now = port.clock();
  const variable = { id: newId(), created: now, updated: now, name: 'limit', value: { a: 1 }, tags: [] };
  server.answers.set('GET /variables/name/limit', { status: 200, body: variable });
  expect(await port.readSecret('key')).toBe('s3cret');
  expect(await port.readSecret('gone')).toBeUndefined();
  expect(await port.readVariable('limit')).toEqual({ value: { a: 1 } });
  expect(await port.readVariable('gone')).toBeUndefined();
});

it('a line longer than a server keeps is cut', async () => {
  const { port, ticket } = portFor(server.addRun());
  port.log({ name: 'x', level: 20, message: 'x'.repeat(3_000_000), timestamp: port.clock(), flow_run_id: ticket.flowRunId });
  await port.flush();
  expect(server.messages()[0]).toHaveLength(1_000_000);
});

it('ten thousand lines arrive in batches, in order', async () => {
  const { port, ticket } = portFor(server.addRun());
  const lines = Array.from({ length: 10_000 }, (_, line) => `line ${line}`);
  for (const message of lines) port.log({ name: 'x', level: 20, message, timestamp: port.clock(), flow_run_id: ticket.flowRunId });
  await port.flush();
  expect(server.messages()).toEqual(lines);
  expect(server.calls.length).toBeLessThan(20);
});

it('each line and artifact arrives once, in order, although answers are lost and the patience ends', async () => {
  const { port, ticket } = portFor(server.addRun(), 0.3);
  const line = (message: string): void =>
    port.log({ name: 'x', level: 20, message, timestamp: port.clock(), flow_run_id: ticket.flowRunId });
  line('one');
  const lost = Array.from({ length: 8 }, () => /logs/);
  server.losing.push(...lost);
  await expect(port.flush()).rejects.toMatchObject({ code: 'unreachable' });
  line('two');
  server.losing.length = 0;
  await port.flush();
  expect(server.messages()).toEqual(['one', 'two']);

  server.losing.push(/artifacts/);
  const [first, second] = [await port.artifact({ key: 'a', data: 1 }), await port.artifact({ key: 'a', data: 1 })];
  expect(first).not.toBe(second);
  const ids = server.calls.filter(({ path }) => path === '/artifacts/').map(({ headers }) => headers['tributary-request']);
  expect([ids.length, new Set(ids).size]).toEqual([3, 2]);
});

it('an unknown deployment is undefined, and the names of all can be read', async () => {
  const { port } = portFor(server.addRun());
  expect(await port.deployments?.find('export', 'nightly')).toBeUndefined();
  const now = port.clock();
  const flowId = newId();
  server.answers.set('POST /flows/filter', { status: 200, body: [{ id: flowId, created: now, updated: now, name: 'export', tags: [] }] });
  const deployment = { id: newId(), created: now, updated: now, name: 'nightly', flow_id: flowId };
  server.answers.set('POST /deployments/filter', {
    status: 200,
    body: [{ ...deployment, paused: false, schedules: [], tags: [], enforce_parameter_schema: true }],
  });
  expect(await port.deployments?.names()).toEqual(['export/nightly']);
});

it('a server that is away for longer than the patience is an error, and the logs are kept', async () => {
  const { port, ticket } = portFor(server.addRun(), 0.2);
  await server.stop();
  port.log({ name: 'x', level: 20, message: 'kept', timestamp: port.clock(), flow_run_id: ticket.flowRunId });
  await expect(port.endAttempt(ticket, { type: 'COMPLETED' })).rejects.toMatchObject({ code: 'unreachable' });
  expect(port.unsent().logs.flatMap(({ items }) => items.map(({ message }) => message))).toEqual(['kept']);
});

it.each([
  ['keeps its slot if a claim holds the run', crypto.randomUUID(), false, 1],
  ['releases its slot on a server without claims', null, false, 0],
  ['releases its slot when it is suspended', crypto.randomUUID(), true, 0],
])('a paused run %s', async (_, claim, pause_reschedule, renewals) => {
  const lease = crypto.randomUUID();
  server.answers.set(`POST /v2/concurrency_limits/leases/${lease}/renew`, { status: 204, body: undefined });
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const { port, ticket } = portFor(server.addRun({ claim }), 5, lease);
    await port.beginAttempt(ticket);
    expect(await port.pauses?.pause(ticket.flowRunId, { type: 'PAUSED', state_details: { pause_reschedule } })).toMatchObject({
      paused: true,
    });
    vi.advanceTimersByTime(300_000);
    // If the timers have sent a renewal, the server gets it before these requests.
    await port.readVariable('gone');
    await port.readVariable('gone');
    expect(server.calls.filter(({ path }) => path.endsWith('/renew'))).toHaveLength(renewals);
  } finally {
    vi.useRealTimers();
  }
});
