import { waitUnless } from '@tributary/contract/wait';

import type { RunHost } from '../host/run-host.ts';

/** Seconds between SIGTERM and SIGKILL. */
const lastSeconds = 5;

/** If a host doesn't exit within the grace period, sends SIGTERM to the host's process group, and SIGKILL if it still runs 5 s later. */
export async function escalate(host: RunHost, graceSeconds: number, onSignal: (name: NodeJS.Signals) => void): Promise<void> {
  const over = new AbortController();
  void host.ended.then(() => over.abort());
  await waitUnless(graceSeconds, over.signal);
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    if (over.signal.aborted) return;
    onSignal(name);
    host.signal(name);
    await waitUnless(lastSeconds, over.signal);
  }
}
