import { TributaryError } from '@tributary/contract/error';
import type { z } from 'zod';

import { currentContext } from '../../run/context.ts';
import { heedStop, unlessStopped } from '../../run/heed-stop.ts';
import type { PauseCall } from '../../run/pause/pause-run.ts';
import { type Duration, toSeconds } from '../options/duration.ts';

export interface SuspendOptions {
  /** how long it may take until somebody resumes it; then the run fails. null: for ever */
  readonly timeout?: Duration | null;
  /** Names this pause among those of the run: what was resumed once does not pause again. `1`, `2`, … in the order of the calls unless told. */
  readonly key?: string;
  /** Markdown, shown to whoever gives the input */
  readonly description?: string;
}
export interface PauseOptions extends SuspendOptions {
  /** how often to look whether it was resumed; short at first, then longer, unless told */
  readonly pollInterval?: Duration;
}

/** What the run is resumed with: a zod object. The server refuses what does not fit. */
interface Asking<Schema extends z.ZodObject> {
  readonly input: Schema;
}

/**
 * Pauses the flow run until somebody resumes it; its process waits. 5 minutes unless `timeout` says otherwise.
 * @returns the input that it was resumed with, when it asks for one
 * @throws `timeout` when nobody resumed it
 */
export async function pause<Schema extends z.ZodObject>(options: PauseOptions & Asking<Schema>): Promise<z.output<Schema>>;
export async function pause(options?: PauseOptions): Promise<void>;
export async function pause(options: PauseOptions & Partial<Asking<z.ZodObject>> = {}): Promise<unknown> {
  return begin('pause', 300, options);
}

/**
 * Ends the process of a deployment's run, and lets it begin anew once somebody has resumed it: this call then returns. What was done before
 * is done again, unless it is cached; runs of deployments are adopted. An hour unless `timeout` says otherwise.
 * @returns the input that it was resumed with, when it asks for one
 * @throws `misuse` in a task, a child flow, or a run without a deployment
 */
export async function suspend<Schema extends z.ZodObject>(options: SuspendOptions & Asking<Schema>): Promise<z.output<Schema>>;
export async function suspend(options?: SuspendOptions): Promise<void>;
export async function suspend(options: SuspendOptions & Partial<Asking<z.ZodObject>> = {}): Promise<unknown> {
  return begin('suspend', 3600, options);
}

async function begin(kind: PauseCall['kind'], seconds: number, options: PauseOptions & Partial<Asking<z.ZodObject>>): Promise<unknown> {
  const context = currentContext();
  if (!context)
    throw new TributaryError('misuse', `${kind}() was called outside a flow: call it in the function of a flow, while that runs.`);
  const { port, run, attempt, task } = context;
  heedStop(context);
  const what = (option: string): string => `${option} of ${kind}() in flow "${context.flowName}"`;
  const { timeout = seconds, input, pollInterval } = options;
  if (input && input._zod?.def.type !== 'object')
    throw new TributaryError('misuse', `The ${what('input')} is no zod object: write z.object({…}), with zod 4.`);
  const nth = attempt.count('pause') + 1;
  const key = options.key ?? `${nth}`;
  if (!/^[\w.:-]+$/.test(key))
    throw new TributaryError(
      'misuse',
      `The ${what('key')} is ${JSON.stringify(key)}: it may have letters, digits, underscores, dashes, dots and colons only.`,
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
    throw new TributaryError('misuse', `suspend() was called in task "${task.name}": call it in the function of the flow.`);
  if (kind === 'suspend' && port.served && run.deployment === null)
    throw new TributaryError(
      'misuse',
      `Flow run "${run.flowRunName}" can't be suspended: it is no run of a deployment, so no worker could begin it anew. Call suspend() in the flow of a deployment, not in a child flow; or use pause().`,
    );
  // Loaded when it is called: hardly any run pauses, and each begins with these imports.
  const { pauseRun } = await import('../../run/pause/pause-run.ts');
  return unlessStopped(pauseRun(call, port.pauses, context), context);
}

function withoutServer(kind: PauseCall['kind']): TributaryError {
  return new TributaryError(
    'unreachable',
    `${kind}() needs a server, through which somebody resumes the run, and this flow runs without one. Start one with: npx tributary dev, and run the flow there as a deployment. In a test, stand in for it with withInput from @tributary/flow/testing.`,
  );
}
