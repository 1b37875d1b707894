import { defaultStateName } from '@tributary/contract/nouns/state';
import type { HostReport, Ticket } from '@tributary/contract/ticket';
import { within } from '@tributary/contract/wait';

import type { RunHost } from '../host/run-host.ts';
import type { Settings } from '../settings.ts';
import type { ActiveRun } from './active-run.ts';
import { escalate } from './escalate.ts';
import type { ProposedEnd } from '../report/report-end.ts';
import { judgeProcessExit } from './judge-process-exit.ts';
import type { RunLogs } from '../report/post-logs.ts';

/** What a host gets to exit by itself after its last word. */
const farewellSeconds = 5;

/**
 * Gives a host its ticket and stays until its process is gone: its lines become the run's logs, pauses are passed on, and so is an asked
 * end, by message first, by signals later. @returns what is left to report, no end when the server holds it already
 */
export async function follow(
  settings: Settings,
  active: ActiveRun,
  host: RunHost,
  ticket: Ticket,
  logs: RunLogs,
): Promise<{ readonly end: ProposedEnd | undefined; readonly state: string }> {
  let done: Extract<HostReport, { type: 'done' }> | undefined;
  let killedWith: NodeJS.Signals | undefined;
  host.listen({
    line: (stream, line) => logs.line(stream, stream === 'stdout' ? 'info' : 'warning', line),
    report(report) {
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
    void escalate(host, settings.graceSeconds, (name) => void (killedWith = name));
  });
  const exit = await host.ended;
  const end = judgeProcessExit(exit, { worker: settings.name, done, asked: active.asked(), killedWith });
  return { end, state: done?.state ? defaultStateName(done.state) : 'given up, it was not its own any more' };
}

async function dismiss(host: RunHost): Promise<void> {
  await within(farewellSeconds, host.ended);
  if (host.isAlive()) host.signal('SIGKILL');
}
