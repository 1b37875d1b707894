import { join } from 'node:path';

import type { FlowRunId, TaskRunId } from '@tributary/contract';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { DeploymentFlowRunCreate, FlowRun } from '@tributary/contract/nouns/flow-run';
import type { Log } from '@tributary/contract/nouns/log';
import { isTerminal, type State } from '@tributary/contract/nouns/state';
import type { TaskRun } from '@tributary/contract/nouns/task-run';

import { eventually } from '../support/eventually.ts';
import { type Installation, installOnPrefect } from '../support/prefect/installation.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';
import { type Ended, type Running, start } from '../support/process.ts';
import { repository } from '../support/workspace.ts';

type DeploymentName = `${string}/${string}`;

/** A workspace on its own Prefect server, with functions by which tests read its runs. */
export interface Journey extends Omit<Installation, 'trigger' | 'ended'> {
  readonly prefect: Prefect;
  /** runs a Python program with Prefect's client on this server @returns what the program printed @throws if the program fails */
  python(code: string): Promise<string>;
  deployment(name: DeploymentName): Promise<Deployment>;
  trigger(
    deployment: DeploymentName,
    parameters?: Readonly<Record<string, unknown>>,
    more?: Partial<DeploymentFlowRunCreate>,
  ): Promise<FlowRunId>;
  /** waits until the run has ended, and returns the ended run; fails after the given seconds */
  ended(id: FlowRunId, seconds?: number): Promise<FlowRun>;
  /** all states of a run, oldest first */
  states(id: FlowRunId): Promise<State[]>;
  taskStates(id: TaskRunId): Promise<State[]>;
  /** waits until `count` task runs of a run have ended, and returns all of the run's task runs */
  tasks(id: FlowRunId, count: number): Promise<TaskRun[]>;
  /** 200 log lines of a run, from line `offset` on */
  logs(id: FlowRunId, offset?: number): Promise<Log[]>;
  /** the texts of a run's first 200 log lines */
  said(id: FlowRunId): Promise<string[]>;
  /** the runs that a run created */
  children(id: FlowRunId): Promise<FlowRun[]>;
  /** a path in the workspace's data folder */
  data(name: string): string;
}

/** Starts a Prefect server, and creates a workspace on it. @param settings environment variables of the server: `PREFECT_…` */
export async function travel(files: Readonly<Record<string, string>>, settings: Readonly<Record<string, string>> = {}): Promise<Journey> {
  const prefect = await startPrefect({ env: settings });
  try {
    return journeyOn(prefect, await installOnPrefect(prefect, files));
  } catch (error) {
    await prefect.stop();
    throw error;
  }
}

/** While others write, a Prefect server on SQLite may not answer a request for a minute. A repeated request is usually answered sooner. */
const again = { timeout: 15_000, patience: 90 } as const;

function journeyOn(prefect: Prefect, on: Installation): Journey {
  const { client } = on;
  const read: Journey['read'] = async (id) => (await client.readFlowRun({ path: { id }, ...again })).data;
  const deployment: Journey['deployment'] = async (name) => {
    const [flow = '', rest = ''] = name.split('/');
    return (await client.readDeploymentByName({ path: { flow, deployment: rest } })).data;
  };
  const logs: Journey['logs'] = async (id, offset = 0) =>
    (await client.filterLogs({ body: { logs: { flow_run_id: { any_: [id] } }, sort: 'TIMESTAMP_ASC', limit: 200, offset }, ...again }))
      .data;
  return {
    ...on,
    prefect,
    async python(code) {
      const env = { PREFECT_HOME: prefect.home, PREFECT_API_URL: prefect.url, DO_NOT_TRACK: '1' };
      const running = start(join(repository, '.venv-prefect', 'bin', 'python'), ['-c', code], { cwd: on.workspace.root, env });
      return (await succeeded(running)).stdout;
    },
    deployment,
    read,
    until: (id, states, seconds = 30) =>
      eventually(
        () => read(id),
        ({ state_name, state_type }) => states.includes(state_name ?? '') || states.includes(state_type ?? ''),
        seconds,
      ),
    ended: (id, seconds = 30) => eventually(() => read(id), hasEnded, seconds),
    async trigger(name, parameters = {}, more = {}) {
      const { id } = await deployment(name);
      return (await client.createFlowRunFromDeployment({ path: { id }, body: { parameters, ...more } })).data.id;
    },
    states: async (id) => sorted((await client.readFlowRunStates({ query: { flow_run_id: id }, ...again })).data),
    taskStates: async (id) => sorted((await client.readTaskRunStates({ query: { task_run_id: id }, ...again })).data),
    tasks: (id, count) =>
      eventually(
        async () => (await client.filterTaskRuns({ body: { flow_runs: { id: { any_: [id] } } }, ...again })).data,
        (tasks) => tasks.filter(hasEnded).length >= count,
      ),
    logs,
    said: async (id) => (await logs(id)).map(({ message }) => message),
    async children(id) {
      const { data } = await client.filterFlowRuns({ body: { flow_runs: { parent_flow_run_id: { any_: [id] } } }, ...again });
      return data;
    },
    data: (name) => join(on.workspace.home, 'data', name),
    async close() {
      await on.close();
      await prefect.stop();
    },
  };
}

function hasEnded({ state_type }: Pick<FlowRun, 'state_type'>): boolean {
  return state_type != null && isTerminal(state_type);
}

function sorted(states: readonly State[]): State[] {
  return states.toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
}

/** Waits until a command has ended. @returns its output @throws if its exit code isn't 0 */
export async function succeeded(running: Running): Promise<Ended> {
  const ended = await running.ended;
  if (ended.code !== 0) throw new Error(`Exit code ${ended.code}:\n${ended.stdout}${ended.stderr}`);
  return ended;
}
