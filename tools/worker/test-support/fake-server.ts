import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import {
  type DeploymentId,
  type FlowId,
  type FlowRunId,
  newId,
  type StateId,
  type WorkerId,
  type WorkPoolId,
  type WorkQueueId,
} from '@tributary/contract/id';
import { writeJson } from '@tributary/contract/json';
import { createClock } from '@tributary/contract/moment';
import { type Deployment } from '@tributary/contract/nouns/deployment';
import { type FlowRun } from '@tributary/contract/nouns/flow-run';
import { labels, labelNames } from '@tributary/contract/nouns/label';
import { logCreate, type LogCreate } from '@tributary/contract/nouns/log';
import type { OrchestrationResult } from '@tributary/contract/nouns/orchestration';
import { defaultStateName, isTerminal, type State, type StateProposal, stateType } from '@tributary/contract/nouns/state';
import { baseJobTemplate, type Worker, workerHeartbeat, type WorkPool, workPoolCreate } from '@tributary/contract/nouns/work-pool';
import { type Feature } from '@tributary/contract/routes/admin';
import { stateChange } from '@tributary/contract/routes/flow-runs';
import { headers as names } from '@tributary/contract/routes/route';
import { z } from 'zod';

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}
interface Row {
  run: FlowRun;
  readonly states: State[];
  claim: string | null;
}
interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

const now = createClock();
const pollQuery = z.object({ limit: z.int(), work_queue_names: z.array(z.string()).optional() });
const interruptionsQuery = z.object({ worker: z.string(), boot: z.string(), known: z.array(z.string()) });
const runsQuery = z.object({
  flow_runs: z.object({
    id: z.object({ any_: z.array(z.string()) }).optional(),
    state: z.object({ type: z.object({ any_: z.array(stateType) }) }),
  }),
});

/** As much of a server as a worker needs: what it is told it keeps for the test to look at. One of plain Prefect's kind has no features. */
export class FakeServer {
  readonly features: Feature[];
  readonly pools = new Map<string, WorkPool>();
  readonly workers = new Map<string, Worker>();
  readonly deployments = new Map<string, Deployment>();
  readonly rows = new Map<string, Row>();
  readonly logs: LogCreate[] = [];
  readonly requests: Request[] = [];
  /** answers in place of the server where it returns something */
  intercept: (request: Request) => Reply | Promise<Reply | undefined> | undefined = () => undefined;
  /** whether the answer to a request is lost, though the server has acted */
  loses: (request: Request) => boolean = () => false;
  readonly #done = new Set<string>();
  #server: Server | undefined;
  #port = 0;
  #waiting = new Set<() => void>();

  constructor(features: Feature[]) {
    this.features = features;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/api`;
  }

  /** Listens, if it does not; after stop() again, on the same port. */
  async start(): Promise<this> {
    if (this.#server) return this;
    const server = createServer((request, response) => void this.#serve(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    const address = server.address() as AddressInfo;
    this.#port = address.port;
    return this;
  }

  /** Is gone at once, with every connection. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }

  addDeployment(facts: Partial<Deployment>): Deployment {
    const deployment: Deployment = {
      id: newId<DeploymentId>(),
      created: now(),
      updated: now(),
      name: 'deployed',
      flow_id: newId<FlowId>(),
      paused: false,
      schedules: [],
      tags: [],
      entrypoint: 'flow.ts:work',
      enforce_parameter_schema: true,
      ...facts,
    };
    this.deployments.set(deployment.id, deployment);
    return deployment;
  }

  /** A run that waits for a worker. */
  addRun(deployment: Deployment, parameters: FlowRun['parameters'], facts: Partial<FlowRun> = {}): FlowRunId {
    const id = newId<FlowRunId>();
    const due = now();
    const run: FlowRun = {
      id,
      created: due,
      updated: due,
      name: `run-${this.rows.size + 1}`,
      flow_id: deployment.flow_id,
      deployment_id: deployment.id,
      parameters,
      tags: ['tagged'],
      run_count: 0,
      expected_start_time: due,
      next_scheduled_start_time: due,
      total_run_time: 0,
      auto_scheduled: false,
      ...facts,
    };
    this.rows.set(id, { run, states: [], claim: null });
    this.write(id, { type: 'SCHEDULED' });
    return id;
  }

  /** Writes a state as if somebody else had proposed it. */
  write(id: string, proposal: StateProposal): State {
    const row = this.#row(id);
    const state: State = {
      id: newId<StateId>(),
      type: proposal.type,
      name: proposal.name ?? defaultStateName(proposal.type),
      timestamp: now(),
      message: proposal.message,
      data: proposal.data,
      state_details: proposal.state_details ?? {},
    };
    row.states.push(state);
    row.run = { ...row.run, state, state_id: state.id, state_type: state.type, state_name: state.name };
    for (const wake of this.#waiting) wake();
    return state;
  }

  state(id: string): State {
    const state = this.#row(id).states.at(-1);
    if (!state) throw new Error(`run ${id} has no state`);
    return state;
  }

  history(id: string): string[] {
    return this.#row(id).states.map(({ name }) => name);
  }

  /** The requests whose path ends so. */
  asked(end: string): Request[] {
    return this.requests.filter(({ path }) => path.endsWith(end));
  }

  #row(id: string): Row {
    const row = this.rows.get(id);
    if (!row) throw new Error(`no run ${id}`);
    return row;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(incoming).catch(() => '');
    const path = (incoming.url ?? '').replace('/api', '');
    const request = { method: incoming.method ?? '', path, headers: incoming.headers, body: body ? JSON.parse(body) : undefined };
    this.requests.push(request);
    const reply = (await this.intercept(request)) ?? (await this.#answer(request, incoming));
    if (!this.#server || this.loses(request)) return void incoming.socket.destroy();
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(reply.body === undefined ? undefined : writeJson(reply.body));
  }

  async #answer(request: Request, incoming: IncomingMessage): Promise<Reply> {
    const { method, path, body } = request;
    const [noun = '', id = '', verb = '', last = ''] = path.slice(1).split('/');
    const call = `${method} ${noun}/${verb || id}${last ? `/${last}` : ''}`;
    const row = this.rows.get(id);
    if (noun === 'work_pools' && method === 'GET') return found(this.pools.get(id));
    if (noun === 'deployments') return found(this.deployments.get(id));
    if (noun === 'work_pools' && method === 'POST' && !id) return this.#createPool(body);
    if (call.endsWith('workers/heartbeat')) return this.#beat(id, body);
    if (call.endsWith('workers/filter')) return { status: 200, body: [...this.workers.values()] };
    if (verb === 'get_scheduled_flow_runs') return this.#hold(request, incoming, () => this.#scheduled(body));
    if (path === '/tributary/interruptions' && this.features.includes('interruptions'))
      return this.#hold(request, incoming, () => this.#interruptions(body));
    if (noun === 'flow_run_states') return { status: 200, body: this.#row(path.split('=')[1] ?? '').states };
    if (path === '/flow_runs/filter') return { status: 200, body: this.#filter(body) };
    if (path === '/logs/') {
      const named = request.headers[names.request]?.toString() ?? crypto.randomUUID();
      if (!this.#done.has(named)) this.logs.push(...z.array(logCreate).parse(body));
      this.#done.add(named);
      return { status: 201 };
    }
    if (noun === 'flow_runs' && row) {
      if (verb === 'set_state') return this.#setState(row, request);
      if (verb === 'labels') {
        row.run = { ...row.run, labels: { ...row.run.labels, ...labels.parse(body) } };
        return { status: 204 };
      }
      if (method === 'GET') return found(row.run);
      row.run = { ...row.run, ...z.object({ infrastructure_pid: z.string() }).parse(body) };
      return { status: 204 };
    }
    return found(undefined);
  }

  #createPool(body: unknown): Reply {
    const { name, type } = workPoolCreate.parse(body);
    if (this.pools.has(name)) return { status: 409, body: { detail: 'exists' } };
    const pool: WorkPool = {
      id: newId<WorkPoolId>(),
      created: now(),
      updated: now(),
      name,
      type,
      base_job_template: { ...baseJobTemplate },
      is_paused: false,
      default_queue_id: newId<WorkQueueId>(),
    };
    this.pools.set(name, pool);
    return { status: 201, body: pool };
  }

  #beat(pool: string, body: unknown): Reply {
    const { name, heartbeat_interval_seconds } = workerHeartbeat.parse(body);
    const work_pool_id = this.pools.get(pool)?.id;
    if (!work_pool_id) return found(undefined);
    const known = { id: newId<WorkerId>(), created: now(), updated: now(), name, work_pool_id, status: 'ONLINE' as const };
    this.workers.set(name, { ...known, heartbeat_interval_seconds, last_heartbeat_time: now() });
    return { status: 204 };
  }

  #scheduled(body: unknown): unknown[] {
    const { limit } = pollQuery.parse(body);
    const due = [...this.rows.values()].filter(({ run }) => run.state_type === 'SCHEDULED');
    const place = { work_pool_id: newId<WorkPoolId>(), work_queue_id: newId<WorkQueueId>() };
    return due.slice(0, limit).map(({ run }) => ({ ...place, flow_run: run }));
  }

  #interruptions(body: unknown): unknown[] {
    const { boot, known } = interruptionsQuery.parse(body);
    return [...this.rows.values()]
      .map(({ run }) => run)
      .filter(({ state_type, labels: written }) => {
        return (state_type === 'CANCELLING' || state_type === 'PAUSED') && written?.[labelNames.boot] === boot;
      })
      .filter(({ state_id }) => !known.includes(state_id ?? ''))
      .map(({ id, state_id, state_type }) => ({ id, state_id, state_type }));
  }

  #filter(body: unknown): FlowRun[] {
    const { flow_runs } = runsQuery.parse(body);
    const types = flow_runs.state.type.any_;
    return [...this.rows.values()]
      .map(({ run }) => run)
      .filter((run) => run.state_type && types.some((type) => type === run.state_type) && (flow_runs.id?.any_.includes(run.id) ?? true));
  }

  #setState(row: Row, { body, headers }: Request): Reply {
    const { state: proposal, force } = stateChange.parse(body);
    const from = row.run.state;
    const current = (status: OrchestrationResult['status'], extra: Record<string, string> = {}): Reply => ({
      status: 200,
      body: { state: from, status, details: { type: `${status.toLowerCase()}_details` } },
      headers: extra,
    });
    const transition = proposal.state_details?.transition_id;
    const token = headers[names.claim];
    const told: Record<string, string> = row.claim === null ? {} : { [names.claim]: row.claim };
    if (transition && from?.state_details.transition_id === transition) return current('REJECT', told);
    if (token !== undefined && token !== row.claim) return current('ABORT');
    const offered = headers[names.offered];
    const hasClaims = this.features.includes('claim');
    if (hasClaims && proposal.type === 'PENDING' && offered !== undefined && offered !== from?.id) return current('ABORT');
    if (!force && from && !mayFollow(from, proposal, { hasClaims })) return current('ABORT');
    const claims = proposal.type === 'PENDING' && from?.type === 'SCHEDULED' && hasClaims;
    if (claims) {
      row.claim = crypto.randomUUID();
      const holder = { [labelNames.worker]: String(headers[names.worker]), [labelNames.boot]: String(headers[names.boot]) };
      row.run = { ...row.run, labels: { ...row.run.labels, ...holder } };
    }
    const state = this.write(row.run.id, proposal);
    const fresh: Record<string, string> = claims && row.claim !== null ? { [names.claim]: row.claim } : {};
    return { status: 201, body: { state, status: 'ACCEPT', details: { type: 'accept_details' } }, headers: fresh };
  }

  /** Answers when there is something, or when the time that the client gives is over. */
  async #hold({ headers }: Request, incoming: IncomingMessage, look: () => unknown[]): Promise<Reply> {
    const seconds = Number(/^wait=(\d+)$/.exec(String(headers[names.prefer] ?? ''))?.[1] ?? 0);
    const until = performance.now() + (this.features.includes('long-poll') ? seconds * 1000 : 0);
    for (;;) {
      const body = look();
      const left = until - performance.now();
      if (body.length > 0 || left <= 0 || incoming.socket.destroyed) return { status: 200, body };
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          incoming.socket.off('close', wake);
          resolve();
        };
        const timer = setTimeout(wake, left);
        this.#waiting.add(wake);
        incoming.socket.once('close', wake);
      });
    }
  }
}

/** As Prefect does, a server without claims grants one of a run that has ended. */
function mayFollow(from: State, to: StateProposal, { hasClaims }: { readonly hasClaims: boolean }): boolean {
  if (isTerminal(from.type)) return !hasClaims && to.type === 'PENDING';
  if (from.type === 'CANCELLING') return to.type === 'CANCELLED';
  if (to.type !== 'PENDING') return true;
  return from.type === 'SCHEDULED' || (from.type === 'PENDING' && to.name === 'Submitting' && from.name !== 'Submitting');
}

function found(body: unknown): Reply {
  return body === undefined ? { status: 404, body: { detail: 'not found' } } : { status: 200, body };
}
