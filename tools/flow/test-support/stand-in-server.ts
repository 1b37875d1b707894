import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import { readJson, writeJson } from '@tributary/contract/json';
import { addSeconds, createClock } from '@tributary/contract/moment';
import { event, type Event } from '@tributary/contract/nouns/event';
import { logCreate, type LogCreate } from '@tributary/contract/nouns/log';
import { stateProposal, type StateProposal } from '@tributary/contract/nouns/state';
import { z } from 'zod';

interface Run {
  id: string;
  flow_id: string;
  name: string;
  state: Record<string, unknown> & { id: string; type: string };
  /** all it had, the oldest first */
  states: Run['state'][];
  run_count: number;
  policy: Record<string, unknown>;
  claim: string | null;
  body: Record<string, unknown>;
}
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers: IncomingMessage['headers'];
}

const stateChange = z.object({ state: stateProposal });
const ofRun = /^\/flow_runs\/([^/]+)(\/set_state)?$/;

/** The part of a Tributary server that a run host talks to, held in memory. Everything it was told can be looked at. */
export class StandInServer {
  readonly calls: Call[] = [];
  readonly logs: LogCreate[] = [];
  readonly events: Event[] = [];
  readonly runs = new Map<string, Run>();
  /** answers by `METHOD /path`, before all else */
  readonly answers = new Map<string, { status: number; body: unknown }>();
  /** what the next proposals are answered, by type */
  readonly decisions: { type: string; answer: Record<string, unknown> }[] = [];
  readonly features: string[] = ['claim'];
  /** calls of which the answer gets lost, though the server has acted */
  readonly losing: RegExp[] = [];
  /** calls that are never answered, though the server has acted */
  readonly ignoring: RegExp[] = [];
  /** what a call waits for before the server acts on it */
  hold: (call: string, body: unknown) => Promise<void> | undefined = () => undefined;
  url = '';
  #server: Server | undefined;
  #port = 0;
  readonly #clock = createClock();
  readonly #watchers = new Set<() => void>();
  /** answers to requests with an id */
  readonly #done = new Map<string, [number, unknown]>();

  async start(): Promise<this> {
    const server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve) => void server.listen(this.#port, '127.0.0.1', resolve));
    const address = server.address();
    this.#port = typeof address === 'object' && address ? address.port : 0;
    this.url = `http://127.0.0.1:${this.#port}/api`;
    this.#server = server;
    return this;
  }

  /** As kill -9 would: connections break. `start` brings it back at the same port. */
  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  /** A run as a worker leaves it. */
  addRun(change: Partial<Run> = {}): Run {
    const state = change.state ?? this.#state({ type: 'PENDING', name: 'Submitting' });
    const run: Run = {
      id: randomUUID(),
      flow_id: randomUUID(),
      name: 'wise-otter',
      state,
      states: [state],
      run_count: 0,
      policy: {},
      claim: randomUUID(),
      body: {},
      ...change,
    };
    this.runs.set(run.id, run);
    return run;
  }

  /** Gives a run a state, as if somebody else had proposed it: a worker that settles it, and whoever takes it then. */
  write(id: string, proposal: { readonly type: string; readonly name?: string; readonly message?: string }): void {
    const run = this.runs.get(id);
    if (!run) throw new Error(`no run ${id}`);
    this.#move(run, this.#state(proposal));
  }

  #move(run: Run, state: Run['state']): void {
    run.state = state;
    run.states.push(state);
  }

  /** Resolves as soon as it is true; looked at whenever somebody has called. */
  async until(isTrue: () => boolean, seconds = 10): Promise<void> {
    if (isTrue()) return;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!isTrue()) return;
        this.#watchers.delete(look);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(
        () => reject(new Error(`not within ${seconds} s; states: ${JSON.stringify(this.proposals())}`)),
        seconds * 1000,
      );
      this.#watchers.add(look);
    });
  }

  /** the types of all states proposed for a run, in order */
  proposals(id?: string): string[] {
    return this.calls.flatMap(({ path, body }) => {
      const match = ofRun.exec(path);
      if (!match?.[2] || (id && match[1] !== id)) return [];
      return [stateChange.parse(body).state.type];
    });
  }

  messages(): string[] {
    return this.logs.map(({ message }) => message);
  }

  #state(proposal: {
    type: string;
    name?: string | null | undefined;
    message?: string | null | undefined;
    data?: unknown;
    state_details?: unknown;
  }) {
    const { type, name, message = null, data = null, state_details = {} } = proposal;
    const fallback = type[0] + type.slice(1).toLowerCase();
    return { id: randomUUID(), type, name: name ?? fallback, message, data, state_details: state_details ?? {}, timestamp: this.#clock() };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await text(request);
    const body: unknown = raw ? readJson(raw) : undefined;
    const { method = '', headers } = request;
    const [path = '', search] = (request.url ?? '').replace(/^\/api/, '').split('?');
    await this.hold(`${method} ${path}`, body);
    const id = headers['tributary-request']?.toString();
    const [status, answer] = (id && this.#done.get(id)) || this.#route(method, path, body, headers, new URLSearchParams(search));
    if (id && status < 300) this.#done.set(id, [status, answer]);
    this.calls.push({ method, path, body, headers });
    if (takes(this.losing, `${method} ${path}`)) request.socket.destroy();
    else if (!takes(this.ignoring, `${method} ${path}`))
      response.writeHead(status, { 'content-type': 'application/json' }).end(answer === undefined ? '' : writeJson(answer));
    for (const look of this.#watchers) look();
  }

  #route(method: string, path: string, body: unknown, headers: IncomingMessage['headers'], query: URLSearchParams): [number, unknown] {
    const call = `${method} ${path}`;
    const canned = this.answers.get(call);
    if (canned) return [canned.status, canned.body];
    if (call === 'GET /health') return [200, true];
    if (call === 'POST /logs/') return this.#keep(this.logs, z.array(logCreate).parse(body), 201);
    if (call === 'POST /events') return this.#keep(this.events, z.array(event).parse(body), 204);
    const now = this.#clock();
    if (call === 'POST /flows/') return [201, { id: randomUUID(), created: now, updated: now, tags: [], ...record.parse(body) }];
    if (call === 'POST /artifacts/') return [201, { id: randomUUID(), created: now, updated: now }];
    if (call === 'POST /flow_runs/') {
      const given = record.parse(body);
      const run = this.addRun({
        claim: null,
        name: 'child-run',
        flow_id: String(given['flow_id']),
        state: this.#state({ type: 'PENDING' }),
        body: given,
      });
      return [201, this.#view(run)];
    }
    if (call === 'GET /flow_run_states/') return [200, this.runs.get(query.get('flow_run_id') ?? '')?.states ?? []];
    if (call === 'POST /task_runs/') return [201, this.#taskRun(record.parse(body))];
    const match = ofRun.exec(path);
    const run = match?.[1] ? this.runs.get(match[1]) : undefined;
    if (!match || !run) return [404, { detail: 'Not found' }];
    if (match[2]) return this.#setState(run, stateChange.parse(body).state, headers['tributary-claim']);
    if (method === 'PATCH') {
      const change = record.parse(body);
      run.policy = record.parse(change['empirical_policy'] ?? run.policy);
      run.name = String(change['name'] ?? run.name);
      return [204, undefined];
    }
    return [200, this.#view(run)];
  }

  #keep<Item>(list: Item[], items: Item[], status: number): [number, unknown] {
    list.push(...items);
    return [status, undefined];
  }

  #setState(run: Run, proposal: StateProposal, claim: unknown): [number, unknown] {
    const index = this.decisions.findIndex(({ type }) => type === proposal.type);
    const [scripted] = index < 0 ? [] : this.decisions.splice(index, 1);
    if (scripted) return [200, { state: run.state, details: { type: 'scripted' }, ...scripted.answer }];
    if (run.claim && claim !== run.claim)
      return [200, { state: run.state, status: 'ABORT', details: { type: 'abort_details', reason: 'old claim' } }];
    const last = z.object({ transition_id: z.string().optional() }).parse(run.state['state_details']);
    if (last.transition_id && last.transition_id === proposal.state_details?.transition_id)
      return [200, { state: run.state, status: 'REJECT', details: { type: 'reject_details', reason: 'seen' } }];
    const retries = Number(run.policy['retries'] ?? 0);
    if (proposal.type === 'FAILED' && run.state.type === 'RUNNING' && run.run_count <= retries) {
      const scheduled_time = addSeconds(this.#clock(), Number(run.policy['retry_delay'] ?? 0) / 10);
      this.#move(
        run,
        this.#state({ type: 'SCHEDULED', name: 'AwaitingRetry', state_details: { ...proposal.state_details, scheduled_time } }),
      );
      return [201, { state: run.state, status: 'REJECT', details: { type: 'reject_details', reason: 'retrying' } }];
    }
    if (proposal.type === 'RUNNING') run.run_count += 1;
    this.#move(run, this.#state(proposal));
    return [201, { state: run.state, status: 'ACCEPT', details: { type: 'accept_details' } }];
  }

  #view({ id, flow_id, name, state, run_count, policy }: Run): Record<string, unknown> {
    const now = this.#clock();
    const rest = { parameters: {}, tags: [], total_run_time: 0, auto_scheduled: false, expected_start_time: now, empirical_policy: policy };
    return {
      id,
      created: now,
      updated: now,
      name,
      flow_id,
      state,
      state_id: state.id,
      state_type: state.type,
      state_name: state['name'],
      run_count,
      ...rest,
    };
  }

  #taskRun(body: Record<string, unknown>): Record<string, unknown> {
    const now = this.#clock();
    const rest = { run_count: 0, flow_run_run_count: 0, total_run_time: 0, tags: [], task_inputs: {}, name: 'stand-in' };
    return { id: randomUUID(), created: now, updated: now, ...rest, ...body, state: null };
  }
}

const record = z.record(z.string(), z.unknown());

/** Takes the first pattern that fits out of the list. @returns whether there was one */
function takes(list: RegExp[], call: string): boolean {
  const index = list.findIndex((pattern) => pattern.test(call));
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}
