import type { RunHost } from './run-host.ts';

const living = new Set<RunHost>();
let watching = false;

/** Kills the host when the worker's process exits, for example because of an error, so that no host outlives its worker. */
export function killAtExit(host: RunHost): RunHost {
  if (!watching) process.on('exit', endAll);
  watching = true;
  living.add(host);
  void host.ended.then(() => living.delete(host));
  return host;
}

function endAll(): void {
  for (const host of living) host.signal('SIGKILL');
}
