import { TributaryError } from '@tributary/contract/error';
import type { z } from 'zod';

import { currentContext } from '../../run/context.ts';
import { heedStop, unlessStopped } from '../../run/heed-stop.ts';
import type { PauseCall } from '../../run/pause/pause-run.ts';
import { type Duration, toSeconds } from '../options/duration.ts';

/** The options of {@link suspend}, besides `input`. */
export interface SuspendOptions {
  /**
   * How long the run waits to be resumed. After that time it fails. null waits without a limit.
   * @default 1 hour; 5 minutes for `pause`
   */
  readonly timeout?: Duration | null;
  /**
   * Names this pause within the run. Once the run has been resumed, further calls with this key in the same attempt return immediately.
   * @default `1`, `2`, … in the order of the calls
   */
  readonly key?: string;
  /** Markdown, shown to the person who resumes the run */
  readonly description?: string;
}

/** The options of {@link pause}, besides `input`. */
export interface PauseOptions extends SuspendOptions {
  /**
   * how often to read the run's state during the pause
   * @default often at first, then less often
   */
  readonly pollInterval?: Duration;
}

/** The input that the run asks for. The server refuses to resume the run with an input that doesn't match. */
interface Asking<Schema extends z.ZodObject> {
  readonly input: Schema;
}

/**
 * Pauses the flow run until a person or another run resumes it. The run's process waits, by default for 5 minutes at most.
 * @param options.input a zod object: the input that the run asks for
 * @returns the input that the run was resumed with, if it asked for one
 * @throws `timeout` when the run wasn't resumed in time
 * @example
 * const { approved } = await pause({ input: z.object({ approved: z.boolean() }), timeout: '30m' });
 */
export async function pause<Schema extends z.ZodObject>(options: PauseOptions & Asking<Schema>): Promise<z.output<Schema>>;
export async function pause(options?: PauseOptions): Promise<void>;
export async function pause(options: PauseOptions & Partial<Asking<z.ZodObject>> = {}): Promise<unknown> {
  return begin('pause', 300, options);
}

/**
 * Suspends the flow run: its process ends. The run can be resumed within 1 hour by default. Then a new process starts the flow from the
 * beginning, and this call returns there. Tasks run again unless they are cached. Runs that `runDeployment` created are taken over, not
 * created again.
 * @param options.input a zod object: the input that the run asks for
 * @returns the input that the run was resumed with, if it asked for one
 * @throws `misuse` in a task, a child flow, or a run without a deployment
 * @example
 * await suspend({ timeout: '2d', key: 'approval', description: 'Approve the load of **orders**.' });
 */
export async function suspend<Schema extends z.ZodObject>(options: SuspendOptions & Asking<Schema>): Promise<z.output<Schema>>;
export async function suspend(options?: SuspendOptions): Promise<void>;
export async function suspend(options: SuspendOptions & Partial<Asking<z.ZodObject>> = {}): Promise<unknown> {
  return begin('suspend', 3600, options);
}

async function begin(kind: PauseCall['kind'], seconds: number, options: PauseOptions & Partial<Asking<z.ZodObject>>): Promise<unknown> {
  const context = currentContext();
  if (!context)
    throw new TributaryError('misuse', `${kind}() was called outside a flow: call it in a flow's function while the flow runs.`);
  const { port, run, attempt, task } = context;
  heedStop(context);
  const what = (option: string): string => `${option} of ${kind}() in flow "${context.flowName}"`;
  const { timeout = seconds, input, pollInterval } = options;
  if (input && input._zod?.def.type !== 'object')
    throw new TributaryError('misuse', `The ${what('input')} isn't a zod object: write z.object({…}), with zod 4.`);
  const nth = attempt.count('pause') + 1;
  const key = options.key ?? `${nth}`;
  if (!/^[\w.:-]+$/.test(key))
    throw new TributaryError(
      'misuse',
      `The ${what('key')} is ${JSON.stringify(key)}: use letters, digits, underscores, dashes, dots and colons only.`,
    );
  const call: PauseCall = {
    kind,
    key,
    timeout: timeout === null ? null : toSeconds(timeout, what('timeout')),
    input: input ?? null,
    description: options.description ?? null,
    pollInterval: pollInterval === undefined ? null : toSeconds(pollInterval, what('pollInterval')),
  };
  if (!port.pauses) throw withoutServer(kind);
  if (kind === 'suspend' && task)
    throw new TributaryError('misuse', `suspend() was called in task "${task.name}": call it in the flow's function.`);
  if (kind === 'suspend' && port.served && run.deployment === null)
    throw new TributaryError(
      'misuse',
      `Flow run "${run.flowRunName}" can't be suspended: it isn't a run of a deployment, so no worker could start it again. Call suspend() in the flow of a deployment, not in a child flow, or use pause().`,
    );
  // Imported here because every run loads this file, but few runs pause.
  const { pauseRun } = await import('../../run/pause/pause-run.ts');
  return unlessStopped(pauseRun(call, port.pauses, context), context);
}

function withoutServer(kind: PauseCall['kind']): TributaryError {
  return new TributaryError(
    'unreachable',
    `${kind}() needs a server, because a run is resumed through the server. This flow runs without one. Start a server with \`npx tributary dev\` and run the flow there as a deployment. In a test, resume the run with withInput from @tributary/flow/testing.`,
  );
}
