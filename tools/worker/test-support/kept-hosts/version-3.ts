// The run host of a time when the newest version of tickets was 3. It stands for the framework of old commits, so it is never changed, and imports
// nothing of the framework. It exchanges the messages of that time, and like the real host it exits at any message that it doesn't know.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Ticket {
  readonly flowRunId: string;
  readonly claim: string | null;
  readonly api: { readonly url: string };
  readonly dataDir: string;
  readonly parameters: Readonly<Record<string, unknown>> | string;
}
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isTextOrNull: Check = (value) => value === null || isText(value);
const isListOfTexts: Check = (value) => Array.isArray(value) && value.every(isText);

/** Checks an object that has exactly these fields. */
function has(fields: Readonly<Record<string, Check>>): Check {
  return (value) => {
    const entries = isObject(value) ? Object.entries(Object(value)) : [];
    return entries.length === Object.keys(fields).length && entries.every(([name, content]) => fields[name]?.(content) === true);
  };
}

const isDeployment = has({ id: isText, name: isText });
const isCredential = has({ variable: isText, scheme: (value) => value === 'Basic' || value === 'Bearer' });
const isCode = has({ repository: isText, commit: isText, tree: isText });
const isCommand = has({
  type: (value) => value === 'ticket',
  ticket: has({
    version: (value) => value === 3,
    flowRunId: isText,
    flowRunName: isText,
    flowId: isText,
    deployment: (value) => value === null || isDeployment(value),
    scheduledStartTime: isText,
    tags: isListOfTexts,
    claimedStateId: isText,
    claim: isTextOrNull,
    attempt: (value) => Number.isInteger(value) && Number(value) > 0,
    concurrencyLease: isTextOrNull,
    api: has({ url: isText, credential: (value) => value === null || isCredential(value), features: isListOfTexts }),
    root: isText,
    entrypoint: isText,
    cwd: isText,
    dataDir: isText,
    env: (value) => isObject(value) && Object.values(Object(value)).every(isText),
    parameters: (value) => isObject(value) || isText(value),
    code: (value) => value === null || isCode(value),
  }),
});
function isTicket(message: unknown): message is { readonly ticket: Ticket } {
  return isCommand(message);
}
const isCancel = has({ type: (value) => value === 'cancel', reason: (value) => value === 'cancelled' || value === 'worker stopping' });
const isPaused = has({ type: (value) => value === 'paused' });

let held: Ticket | undefined;

process.on('message', (message: unknown) => {
  if (isTicket(message)) void begin((held = message.ticket));
  else if (held && isCancel(message)) void end(held, 'CANCELLED');
  else if (!isPaused(message)) {
    process.stderr.write(`Unknown message: ${JSON.stringify(message)}\n`);
    process.exit(1);
  }
});
process.on('disconnect', () => process.exit(1));
process.send?.({ type: 'ticket versions', oldest: 2, newest: 3 });
process.send?.({ type: 'ready', ticketVersion: 2 });

async function begin(ticket: Ticket): Promise<void> {
  const facts = { pid: process.pid, env: process.env, cwd: process.cwd(), ticket };
  writeFileSync(join(ticket.dataDir, `${ticket.flowRunId}.json`), JSON.stringify(facts));
  await propose(ticket, 'RUNNING');
  if (JSON.stringify(ticket.parameters).includes('hang')) setInterval(() => undefined, 1000);
  else await end(ticket, 'COMPLETED');
}

async function end(ticket: Ticket, state: string): Promise<void> {
  await propose(ticket, state);
  process.send?.({ type: 'done', state }, () => process.exit(0));
}

async function propose({ api, claim, flowRunId }: Ticket, type: string): Promise<void> {
  await fetch(`${api.url}/flow_runs/${flowRunId}/set_state`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(claim === null ? {} : { 'tributary-claim': claim }) },
    body: JSON.stringify({ state: { type } }),
  });
}
