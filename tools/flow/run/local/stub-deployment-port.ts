import { type DeploymentId, type FlowId, type FlowRunId, newId, type TaskRunId } from '@tributary/contract/id';
import { type JsonObject, jsonObject, readJson, writeJson } from '@tributary/contract/json';
import { splitDeploymentName } from '@tributary/contract/name';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import { withDeploymentPort } from './current-ports.ts';
import type { DeploymentPort, FlowRunRequest } from '../engine-port.ts';
import { describeFailure } from '../failure.ts';
import { localClock, localRunName, toState } from './local-port.ts';

/** Stands in for a deployment: takes a run's parameters, and returns the run's result. An error that it throws fails the run. */
export type Stub = (parameters: JsonObject, request: FlowRunRequest) => unknown;

/** Runs the body with functions in place of deployments, and then waits for the runs that are still underway. */
export async function withStubDeployments<Result>(stubs: ReadonlyMap<string, Stub>, body: () => Result | Promise<Result>): Promise<Result> {
  const ids = new Map([...stubs.keys()].map((name) => [name, newId<DeploymentId>()]));
  const names = new Map([...ids].map(([name, id]): [string, string] => [id, name]));
  const runs = new Map<FlowRunId, FlowRun>();
  const keys = new Map<string, FlowRunId>();
  const standInKeys = new Map<string, TaskRunId>();
  const standIns = new Map<TaskRunId, FlowRunId>();
  const requests = new Map<FlowRunId, FlowRunRequest>();
  const underway = new Set<Promise<void>>();
  const begin = (run: FlowRun, request: FlowRunRequest): FlowRun => {
    runs.set(run.id, run);
    const work = execute(run, request).finally(() => underway.delete(work));
    underway.add(work);
    return run;
  };
  const port: DeploymentPort = {
    find(flow, deployment) {
      const id = ids.get(`${flow}/${deployment}`);
      return Promise.resolve(id && { id, flow_id: flow });
    },
    names: () => Promise.resolve([...stubs.keys()]),
    createStandIn({ flow_run_id, task_key, dynamic_key }) {
      const key = JSON.stringify([flow_run_id, task_key, dynamic_key]);
      const id = standInKeys.get(key) ?? newId<TaskRunId>();
      standInKeys.set(key, id);
      standIns.set(id, flow_run_id);
      return Promise.resolve(id);
    },
    settleStandIn: () => Promise.resolve(),
    createFlowRun(id, request) {
      const name = names.get(id) ?? id;
      // Runs of different flows may have the same idempotency key.
      const key = request.idempotency_key ? JSON.stringify([splitDeploymentName(name)?.flow, request.idempotency_key]) : null;
      const before = key === null ? undefined : keys.get(key);
      const known = before ? runs.get(before) : undefined;
      if (known) return Promise.resolve(known);
      const run = newRun(name, ids, request);
      requests.set(run.id, request);
      if (key !== null) keys.set(key, run.id);
      return Promise.resolve(begin(run, request));
    },
    readFlowRun(id) {
      const run = runs.get(id);
      return run ? Promise.resolve(run) : Promise.reject(new Error(`Unknown flow run ${id}.`));
    },
    awaitEnd: null,
    labelFlowRun: () => Promise.resolve(),
    endsChildren: true,
    cancelFlowRun: () => Promise.resolve(),
    retryFlowRun(run) {
      const request = requests.get(run.id);
      const state = toState({ type: 'SCHEDULED', name: 'AwaitingRetry' }, localClock());
      const again = { ...run, state, state_id: state.id, state_type: state.type, state_name: state.name };
      return Promise.resolve(request ? begin(again, request) : run);
    },
    readChildren: (id) => Promise.resolve([...runs.values()].filter(({ parent_task_run_id: at }) => at && standIns.get(at) === id)),
    // A run without a server has one process, so it has no earlier attempt whose states would matter.
    readStates: () => Promise.resolve([]),
  };
  async function execute(run: FlowRun, request: FlowRunRequest): Promise<void> {
    const name = run.context?.['deployment'];
    try {
      const value = await stubs.get(String(name))?.(run.parameters, request);
      runs.set(run.id, ended(run, { type: 'COMPLETED', data: value === undefined ? null : { value } }));
    } catch (error) {
      runs.set(run.id, ended(run, { type: 'FAILED', message: describeFailure(error) }));
    }
  }
  try {
    return await withDeploymentPort(port, body);
  } finally {
    await Promise.all(underway);
  }
}

function newRun(deployment: string, ids: ReadonlyMap<string, DeploymentId>, request: FlowRunRequest): FlowRun {
  const id = newId<FlowRunId>();
  const now = localClock();
  return {
    id,
    created: now,
    updated: now,
    name: request.name ?? localRunName(splitDeploymentName(deployment)?.flow ?? deployment, id),
    flow_id: newId<FlowId>(),
    deployment_id: ids.get(deployment) ?? null,
    state: toState(request.state, now),
    state_type: 'SCHEDULED',
    state_name: 'Scheduled',
    // The parameters pass through JSON, as they do on their way to another process.
    parameters: jsonObject.parse(readJson(writeJson(request.parameters ?? {}))),
    idempotency_key: request.idempotency_key ?? null,
    context: { deployment },
    tags: request.tags ?? [],
    parent_task_run_id: request.parent_task_run_id ?? null,
    run_count: 0,
    expected_start_time: now,
    total_run_time: 0,
    auto_scheduled: false,
  };
}

function ended(run: FlowRun, proposal: Parameters<typeof toState>[0]): FlowRun {
  const state = toState(proposal, localClock());
  return {
    ...run,
    state,
    state_type: state.type,
    state_name: state.name,
    state_id: state.id,
    end_time: state.timestamp,
    run_count: run.run_count + 1,
  };
}
