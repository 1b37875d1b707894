import type { JsonObject } from '../json.ts';
import { headers, type Route } from '../routes/route.ts';

interface Header {
  readonly name: string;
  readonly description: string;
}

const claim = { name: headers.claim, description: 'the token of the claim; a state proposed with another one is answered ABORT' };
const worker = { name: headers.worker, description: 'at a claim: the name of the worker that takes the run' };
const offered = {
  name: headers.offered,
  description: 'the id of the state in which the run was offered or read; a run that has left that state stays as it is (ABORT)',
};
const workerBoot = { name: headers.boot, description: 'which life of the worker: a uuid' };
const serverBoot = { name: headers.boot, description: 'which life of the server: a uuid' };
const prefer = { name: headers.prefer, description: 'wait=20: answer as soon as there is something, at the latest after so many seconds' };

const request = {
  name: headers.request,
  description: 'a uuid: a repeat with the same one is answered as the first was, and does nothing; kept for an hour at least',
};

const sent: Readonly<Record<string, readonly Header[]>> = {
  setFlowRunState: [claim, worker, workerBoot, offered],
  sendHeartbeat: [workerBoot],
  getScheduledFlowRuns: [prefer],
  readInterruptions: [prefer],
  takeSlots: [prefer],
  takeLease: [prefer],
};

const answered: Readonly<Record<string, readonly Header[]>> = {
  health: [serverBoot],
  setFlowRunState: [claim],
};

/** What Tributary adds to a route's request, all of it optional. */
export function requestHeaders(name: string, route: Route): JsonObject[] {
  return [...(sent[name] ?? []), ...(route.once ? [request] : [])].map(({ name: header, description }) => ({
    name: header,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }));
}

/** What Tributary adds to a route's answer. */
export function answerHeaders(route: string): JsonObject | undefined {
  const given = answered[route];
  return given && Object.fromEntries(given.map(({ name, description }) => [name, { description, schema: { type: 'string' } }]));
}
