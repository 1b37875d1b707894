import type { JsonObject } from '../json.ts';
import { headers, type Route } from '../routes/route.ts';

interface Header {
  readonly name: string;
  readonly description: string;
}

const claim = {
  name: headers.claim,
  description: 'the token of the claim; the server answers ABORT to a state that is proposed with another token',
};
const worker = { name: headers.worker, description: 'on a claim: the name of the worker that claims the run' };
const offered = {
  name: headers.offered,
  description: 'the id of the state in which the run was offered or read; if the run has left that state, the proposal is refused (ABORT)',
};
const workerBoot = { name: headers.boot, description: 'the process of the worker: a uuid' };
const serverBoot = { name: headers.boot, description: 'the process of the server: a uuid' };
const prefer = {
  name: headers.prefer,
  description: 'wait=20: the server answers as soon as it has something to return, at the latest after 20 seconds',
};

const request = {
  name: headers.request,
  description: 'a uuid; for at least an hour, a repeat of the request with the same uuid does nothing and gets the first answer again',
};

const sent: Readonly<Record<string, readonly Header[]>> = {
  setFlowRunState: [claim, worker, workerBoot, offered],
  sendHeartbeat: [workerBoot],
  getScheduledFlowRuns: [prefer],
  awaitFlowRunEnd: [prefer],
  readInterruptions: [prefer],
  takeSlots: [prefer],
  takeLease: [prefer],
};

const answered: Readonly<Record<string, readonly Header[]>> = {
  health: [serverBoot],
  setFlowRunState: [claim],
};

/** The headers that Tributary adds to a route's request. All are optional. */
export function requestHeaders(name: string, route: Route): JsonObject[] {
  return [...(sent[name] ?? []), ...(route.once ? [request] : [])].map(({ name: header, description }) => ({
    name: header,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }));
}

/** The headers that Tributary adds to a route's answer. */
export function answerHeaders(route: string): JsonObject | undefined {
  const given = answered[route];
  return given && Object.fromEntries(given.map(({ name, description }) => [name, { description, schema: { type: 'string' } }]));
}
