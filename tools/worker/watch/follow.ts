import { defaultStateName } from '@tributary/contract/nouns/state';
import type { HostCommand, HostReport, Ticket } from '@tributary/contract/ticket';
import { within } from '@tributary/contract/wait';

import type { RunHost } from '../host/run-host.ts';
import type { Settings } from '../settings.ts';
import type { ActiveRun } from './active-run.ts';
import { escalate } from './escalate.ts';
import type { ProposedEnd } from '../report/report-end.ts';
import { judgeProcessExit } from './judge-process-exit.ts';
import type { RunLogs } from '../report/post-logs.ts';

/** How many seconds a host has to exit after it has reported the end of its run. */
const farewellSeconds = 5;

/** What a host may ask for while it runs. */
export interface RunCheckouts {
  /** Checks out what the host asked for. Never rejects. @returns the answer for the host */
  serve(asked: Extract<HostReport, { type: 'checkout' }>): Promise<HostCommand>;
  /** Ends what is underway, because the run was asked to end. */
  stop(reason: string): void;
}

/**
 * Sends a host its ticket and waits for the end of the host's process. Until then, the lines of the process become the run's logs, and the
 * host is notified of pauses. While the run only waits for its child runs, its slot is lent to other runs. A host that has to end
 * gets a message first and signals later.
 * @param checkouts serves the repositories that the run's code asks for
 * @returns `end` is the end to report, undefined if the server has it already; `state` is the run's state in the words of the worker's log
 */
export async function follow(
  settings: Settings,
  active: ActiveRun,
  host: RunHost,
  ticket: Ticket,
  logs: RunLogs,
  slot: { lend(): void; takeBack(): void },
  checkouts: RunCheckouts,
): Promise<{ readonly end: ProposedEnd | undefined; readonly state: string }> {
  let done: Extract<HostReport, { type: 'done' }> | undefined;
  let killedWith: NodeJS.Signals | undefined;
  host.listen({
    line: (stream, line) => logs.line(stream, stream === 'stdout' ? 'info' : 'warning', line),
    report(report) {
      if (report.type === 'waiting') slot.lend();
      if (report.type === 'working') slot.takeBack();
      if (report.type === 'checkout') void checkouts.serve(report).then(host.send);
      if (report.type === 'logs') logs.add(report.logs, report.request);
      if (report.type !== 'done' || done) return;
      done = report;
      void dismiss(host);
    },
  });
  host.send({ type: 'ticket', ticket });
  active.onPause(() => host.send({ type: 'paused' }));
  active.onEnd((reason) => {
    host.send({ type: 'cancel', reason });
    checkouts.stop(`The run was asked to end: ${reason}.`);
    void escalate(host, settings.graceSeconds, (name) => void (killedWith = name));
  });
  const exit = await host.ended;
  const end = judgeProcessExit(exit, { worker: settings.name, done, asked: active.asked(), killedWith });
  return { end, state: done?.state ? defaultStateName(done.state) : 'stopped: another process owns this run now' };
}

async function dismiss(host: RunHost): Promise<void> {
  await within(farewellSeconds, host.ended);
  if (host.isAlive()) host.signal('SIGKILL');
}
