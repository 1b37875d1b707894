import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import { readJson, writeJson } from '@tributary/contract/json';
import { createClock } from '@tributary/contract/moment';
import { event, type Event } from '@tributary/contract/nouns/event';
import { logCreate, type LogCreate } from '@tributary/contract/nouns/log';
import { stateProposal } from '@tributary/contract/nouns/state';
import { z } from 'zod';

import { type StandInRun, StandInRuns } from './stand-in-runs.ts';

/** A request that a stand-in server got. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers: IncomingMessage['headers'];
}

const record = z.record(z.string(), z.unknown());
const stateChange = z.object({ state: stateProposal });
const ofRun = /^\/flow_runs\/([^/]+)(\/set_state)?$/;

/** The part of a Tributary server that a run host uses, in memory. It records all requests, logs and events. */
export class StandInServer {
  readonly calls: Call[] = [];
  readonly logs: LogCreate[] = [];
  readonly events: Event[] = [];
  readonly features: string[] = ['claim'];
  /** fixed answers by `METHOD /path`, in place of the routes below */
  readonly answers = new Map<string, { status: number; body: unknown }>();
  /** requests that the server acts on, and whose connection it then closes without an answer; each pattern matches one request */
  readonly losing: RegExp[] = [];
  /** requests that the server acts on and never answers; each pattern matches one request */
  readonly ignoring: RegExp[] = [];
  /** what a request waits for before the server acts on it */
  hold: (call: string, body: unknown) => Promise<void> | undefined = () => undefined;
  url = '';
  #server: Server | undefined;
  #port = 0;
  readonly #clock = createClock();
  readonly #runs = new StandInRuns(this.#clock);
  readonly #watchers = new Set<() => void>();
  /** answers by the id of their request */
  readonly #done = new Map<string, [number, unknown]>();

  readonly runs = this.#runs.byId;
  /** answers that replace the rules of set_state; each one answers the next proposal of its `type` */
  readonly decisions = this.#runs.decisions;

  async start(): Promise<this> {
    const server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve) => void server.listen(this.#port, '127.0.0.1', resolve));
    const address = server.address();
    this.#port = typeof address === 'object' && address ? address.port : 0;
    this.url = `http://127.0.0.1:${this.#port}/api`;
    this.#server = server;
    return this;
  }

  /** Closes all connections, as kill -9 does. `start` brings the server back at the same port. */
  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  /** Adds a run in the state in which a worker starts its host. */
  addRun(change: Partial<StandInRun> = {}): StandInRun {
    return this.#runs.add(change);
  }

  /** Sets a run's state, as if another process had proposed it. */
  write(id: string, proposal: { readonly type: string; readonly name?: string; readonly message?: string }): void {
    this.#runs.write(id, proposal);
  }

  /** Resolves as soon as the condition is true. The condition is checked after each request. */
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
        () => reject(new Error(`Timed out after ${seconds} s. The proposed states are ${JSON.stringify(this.proposals())}.`)),
        seconds * 1000,
      );
      this.#watchers.add(look);
    });
  }

  /** The types of all states that were proposed for a run, or for all runs, in order. */
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
    const fixed = this.answers.get(call);
    if (fixed) return [fixed.status, fixed.body];
    if (call === 'GET /health') return [200, true];
    if (call === 'POST /logs/') return [201, void this.logs.push(...z.array(logCreate).parse(body))];
    if (call === 'POST /events') return [204, void this.events.push(...z.array(event).parse(body))];
    const now = this.#clock();
    const made = { id: randomUUID(), created: now, updated: now };
    if (call === 'POST /flows/') return [201, { ...made, tags: [], ...record.parse(body) }];
    if (call === 'POST /artifacts/') return [201, made];
    if (call === 'POST /flow_runs/') {
      const given = record.parse(body);
      const child = { claim: null, name: 'child-run', flow_id: String(given['flow_id']), body: given };
      return [201, this.#runs.view(this.#runs.add(child, { type: 'PENDING' }))];
    }
    if (call === 'POST /task_runs/') {
      const rest = { run_count: 0, flow_run_run_count: 0, total_run_time: 0, tags: [], task_inputs: {}, name: 'stand-in' };
      return [201, { ...made, ...rest, ...record.parse(body), state: null }];
    }
    if (call === 'GET /flow_run_states/') return [200, this.runs.get(query.get('flow_run_id') ?? '')?.states ?? []];
    const match = ofRun.exec(path);
    const run = match?.[1] ? this.runs.get(match[1]) : undefined;
    if (!match || !run) return [404, { detail: 'Not found' }];
    if (match[2]) return this.#runs.propose(run, stateChange.parse(body).state, headers['tributary-claim']);
    if (method === 'PATCH') {
      const change = record.parse(body);
      run.policy = record.parse(change['empirical_policy'] ?? run.policy);
      run.name = String(change['name'] ?? run.name);
      return [204, undefined];
    }
    return [200, this.#runs.view(run)];
  }
}

/** Takes the first matching pattern out of the list. @returns whether there was one */
function takes(list: RegExp[], call: string): boolean {
  const index = list.findIndex((pattern) => pattern.test(call));
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}
