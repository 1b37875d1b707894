import type { RunHost } from './run-host.ts';

const living = new Set<RunHost>();
let watching = false;

/** Sees to it that a worker which ends without stopping, by an error of its own, leaves none of its hosts behind. */
export function leaveNone(host: RunHost): RunHost {
  if (!watching) process.on('exit', endAll);
  watching = true;
  living.add(host);
  void host.ended.then(() => living.delete(host));
  return host;
}

function endAll(): void {
  for (const host of living) host.signal('SIGKILL');
}
