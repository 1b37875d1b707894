import { messageOf, TributaryError } from '@tributary/contract/error';
import { execa } from 'execa';

import type { Prepared } from '../prepare/prepare.ts';
import { stopOnCancel } from './stop.ts';
import type { StopDelays } from './stop.ts';

export interface DbtExit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Spawned extends Pick<Prepared, 'executable' | 'args' | 'cwd' | 'env'> {
  readonly signal: AbortSignal;
  readonly delays: StopDelays;
  /** gets each line of standard output and standard error as it comes */
  readonly onLine: (line: string) => void;
}

/**
 * Runs dbt as a child in this process's group, so that a signal to the group reaches it too.
 * @throws `dbt` if the program can't be started
 */
export async function spawnDbt({ executable, args, cwd, env, signal, delays, onLine }: Spawned): Promise<DbtExit> {
  const child = execa(executable, args, { cwd, env, extendEnv: false, stdin: 'ignore', all: true, buffer: false, reject: false });
  const settle = stopOnCancel((name) => child.kill(name), signal, delays);
  try {
    for await (const line of child.iterable({ from: 'all' })) onLine(String(line));
    const result = await child;
    if (result.exitCode === undefined && result.signal === undefined)
      throw new TributaryError('dbt', `${executable} can't be started: ${messageOf(result.cause ?? result)}`, { cause: result });
    return { code: result.exitCode ?? null, signal: result.signal ?? null };
  } finally {
    settle();
  }
}
