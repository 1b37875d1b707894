// A stand-in for @tributary/flow/host. It exchanges the same messages, and does what the run's parameter `do` says.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { HostCommand, HostReport, Ticket } from '@tributary/contract/ticket';

const atStart = { ...process.env };
let held: Ticket | undefined;

process.on('message', (command: HostCommand) => {
  if (command.type === 'ticket') void work((held = read(command.ticket)), command.ticket);
  else if (command.type === 'paused') process.stdout.write('paused\n');
  else if (held && (command.type === 'checked out' || command.type === 'checkout failed'))
    appendFileSync(join(held.dataDir, `${held.flowRunId}.answers`), `${JSON.stringify(command)}\n`);
  else if (held && command.type === 'cancel') void cancel(held, command.reason);
});
process.on('disconnect', () => process.exit(1));
// The process id is written to the file `hosts` only after the report was sent. A test that finds the id can rely on the report.
const [oldest = 2, newest = oldest] = (process.env['FIXTURE_VERSIONS'] ?? '2-3').split('-').map(Number);
report({ type: 'ticket versions', oldest, newest });
process.send?.({ type: 'ready', ticketVersion: oldest } satisfies HostReport, () =>
  appendFileSync(process.env['FIXTURE_HOSTS'] ?? 'hosts', `${process.pid}\n`),
);

/** Reads parameters that were sent as text. Unlike the framework's host, it rounds large integers. */
function read(ticket: Ticket): Ticket {
  const { parameters }: { parameters: unknown } = ticket;
  return { ...ticket, parameters: typeof parameters === 'string' ? JSON.parse(parameters) : ticket.parameters };
}

/** @param sent the ticket as it was received */
async function work(ticket: Ticket, sent: Ticket): Promise<void> {
  const act = String(ticket.parameters['do']);
  const child = act === 'family' || act === 'deaf' ? spawn('sleep', ['300'], { stdio: 'inherit' }) : undefined;
  // Listens for the signal before a test can read the process id and send the signal.
  const finished = ['wait', 'lend', 'checkout'].includes(act) ? once(process, 'SIGUSR2') : undefined;
  const facts = { pid: process.pid, child: child?.pid, env: atStart, cwd: process.cwd(), ticket: sent };
  writeFileSync(join(ticket.dataDir, `${ticket.flowRunId}.json`), JSON.stringify(facts));
  if (act === 'deaf') process.on('SIGTERM', () => undefined);
  await propose(ticket, { type: 'RUNNING' });
  if (act === 'exit') return process.exit(Number(ticket.parameters['code']));
  if (act === 'die' || act === 'family') return void process.kill(process.pid, String(ticket.parameters['signal'] ?? 'SIGKILL'));
  if (act === 'throw') throw new Error('the fixture broke');
  if (act === 'print') {
    process.stdout.write('one\ntwo and ');
    process.stdout.write('a half\r\nunfinished');
    process.stderr.write('careful\n');
  }
  if (act === 'print many') {
    process.stdout.write(Array.from({ length: 1000 }, (_, line) => `line ${line}\n`).join(''));
    return process.exit(7);
  }
  if (act === 'last words') {
    report({
      type: 'logs',
      request: ticket.flowRunId,
      logs: [{ name: 'flow', level: 20, message: 'the last', timestamp: ticket.scheduledStartTime, flow_run_id: ticket.flowRunId }],
    });
    return process.exit(3);
  }
  if (act === 'hang' || act === 'deaf') return void setInterval(() => undefined, 1000);
  if (act === 'checkout') report(asked(ticket));
  if (act === 'lend') report({ type: 'waiting' });
  await finished;
  if (act === 'lend') report({ type: 'working' });
  await propose(ticket, { type: 'COMPLETED' });
  report({ type: 'done', state: 'COMPLETED' });
  if (act !== 'linger') process.exit(0);
}

/** The checkout that the run's parameters ask for. The worker's answers are written to a file. */
function asked({ parameters: { repository, ref, token } }: Ticket): HostReport {
  return { type: 'checkout', id: 1, repository: String(repository), ref: String(ref), token: typeof token === 'string' ? token : null };
}

async function cancel(ticket: Ticket, reason: string): Promise<void> {
  if (ticket.parameters['do'] !== 'hang') return;
  const type = reason === 'cancelled' ? 'CANCELLED' : 'CRASHED';
  await propose(ticket, { type, message: `the host heard: ${reason}` });
  report({ type: 'done', state: type });
  process.exit(0);
}

async function propose(ticket: Ticket, state: object): Promise<void> {
  for (;;) {
    try {
      await fetch(`${ticket.api.url}/flow_runs/${ticket.flowRunId}/set_state`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(ticket.claim ? { 'tributary-claim': ticket.claim } : {}) },
        body: JSON.stringify({ state }),
      });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function report(message: HostReport): void {
  process.send?.(message);
}
