import type { Settings } from '../settings.ts';
import { hostEnvironment, needsOwnProcess } from './environment.ts';
import { killAtExit } from './kill-hosts-at-exit.ts';
import type { HostSource } from './resolve-host.ts';
import { type RunHost, startHost } from './run-host.ts';
import type { WaitingHosts } from './waiting-hosts.ts';

/**
 * Gets a host for one run: a waiting host if there is one, otherwise a new process. A run with variables that must be set when its process
 * starts always gets a new process.
 * @param jobEnv the environment variables of the run's job
 */
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
  const host = killAtExit(startHost({ file: source.file, cwd: source.cwd, env: { ...hostEnvironment(settings), ...jobEnv } }));
  const release = source.retain?.();
  if (release) void host.ended.then(release);
  return host;
}
