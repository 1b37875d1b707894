import type { Settings } from '../settings.ts';
import { hostEnvironment, needsOwnProcess } from './environment.ts';
import { killAtExit } from './kill-hosts-at-exit.ts';
import type { HostSource } from './resolve-host.ts';
import { type RunHost, startHost } from './run-host.ts';
import type { WaitingHosts } from './waiting-hosts.ts';

/** A host for one run: one that waits, or a new process; a new one too when the run's variables must be there as it starts. */
export function acquireHost(
  settings: Settings,
  waiting: WaitingHosts,
  source: HostSource,
  jobEnv: Readonly<Record<string, string>>,
): RunHost {
  const own = needsOwnProcess(jobEnv);
  return (own ? undefined : waiting.take(source)) ?? spawnHost(settings, source, own ? jobEnv : {});
}

export function spawnHost(settings: Settings, source: HostSource, jobEnv: Readonly<Record<string, string>> = {}): RunHost {
  return killAtExit(startHost({ file: source.file, cwd: source.root, env: { ...hostEnvironment(settings), ...jobEnv } }));
}
