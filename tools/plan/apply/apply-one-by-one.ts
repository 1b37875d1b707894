import type { Client } from '@tributary/contract/client';
import { unlessMissing } from '@tributary/contract/client/refusal';
import { isTributaryError, TributaryError } from '@tributary/contract/error';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { applyDeployment } from '@tributary/flow/deploy';

import type { PlannedDeployment, PlannedPut, WhyOlder } from '../plan/planned.ts';
import type { Applier, ApplyOn } from './applier.ts';
import { applied, type Done, failed, notSent, unchanged } from './done.ts';
import { holdLease, type Turn } from './hold-lease.ts';
import { readAgain } from './read-again.ts';
import { seeAgain } from './see-again.ts';
import type { PlanRoutes } from '../routes.ts';

/** How many deployments one request reads again. The last of them is written a moment after it was read. */
const readAtOnce = 5;

interface Task {
  readonly planned: PlannedDeployment;
  /** what became of the creations and updates of the same integration */
  readonly puts: readonly Promise<Done>[];
  readonly settle: (done: Done) => void;
}

/**
 * Applies on an engine that takes deployments one by one: a Prefect server, or a Tributary server from before the feature `apply`. Each deployment
 * is read again right before it is written. Unchanged deployments aren't sent, because an upsert deletes their scheduled runs.
 */
export const applyOneByOne: Applier = (integrations, on) => {
  const tasks: Task[] = [];
  let open = 0;
  const results = integrations.map((list) => {
    const puts: Promise<Done>[] = [];
    return list.map((planned): Promise<Done> => {
      if (planned.action === 'unchanged') return Promise.resolve(unchanged(planned));
      const { promise, resolve } = Promise.withResolvers<Done>();
      tasks.push({ planned, puts, settle: resolve });
      if (planned.action !== 'delete') puts.push(promise);
      open += 1;
      return promise.finally(() => (open -= 1));
    });
  });
  const ended = applyTasks(tasks, on);
  return results.map(async (result) => {
    const done = await Promise.all(result);
    // The last integration is done when the turn has ended. Otherwise the process could end first.
    if (open === 0) await ended;
    return done;
  });
};

/** Applies all tasks. Never rejects. */
async function applyTasks(tasks: readonly Task[], { client, turnOf, announce, width, whyOlder }: ApplyOn): Promise<void> {
  if (tasks.length === 0) return;
  let turn: Turn | undefined;
  try {
    if (turnOf !== null) turn = await holdLease(client, turnOf, { announce });
    const write = createWriter(client, whyOlder, turn);
    // A renamed deployment exists under its new name before the old one is deleted.
    for (const isDeletion of [false, true]) {
      const queue = tasks.filter(({ planned }) => (planned.action === 'delete') === isDeletion);
      const size = Math.min(readAtOnce, Math.ceil(queue.length / width));
      await Promise.all(Array.from({ length: width }, () => drain(queue, size, write)));
    }
  } catch (error) {
    for (const { settle, planned } of tasks) settle(failed(planned, error));
  } finally {
    await turn?.end();
  }
}

type Write = (tasks: readonly Task[]) => Promise<void>;

async function drain(queue: Task[], size: number, write: Write): Promise<void> {
  while (queue.length > 0) await write(queue.splice(0, size));
}

/** Creates a function that reads a few deployments again and then writes them. Once the server is unreachable, nothing more is sent. */
function createWriter(client: Client<PlanRoutes>, whyOlder: WhyOlder, turn: Turn | undefined): Write {
  let stopped: unknown;
  async function unlessStopped<Result>(work: () => Promise<Result>): Promise<Result> {
    if (stopped !== undefined) throw stopped;
    try {
      turn?.check();
      return await work();
    } catch (error) {
      if (isTributaryError(error, 'unreachable') || isTributaryError(error, 'locked')) stopped ??= notSent(error);
      throw error;
    }
  }
  return async (tasks) => {
    try {
      const rows = await unlessStopped(() =>
        readAgain(
          client,
          tasks.map(({ planned }) => planned),
        ),
      );
      for (const [index, task] of tasks.entries())
        task.settle(
          await unlessStopped(() => writeOne(client, task, rows[index], whyOlder)).catch((error: unknown) => failed(task.planned, error)),
        );
    } catch (error) {
      for (const { settle, planned } of tasks) settle(failed(planned, error));
    }
  };
}

async function writeOne(
  client: Client<PlanRoutes>,
  { planned, puts }: Task,
  live: Deployment | undefined,
  whyOlder: WhyOlder,
): Promise<Done> {
  const seen = await seeAgain(planned, live, whyOlder);
  if (seen.kind === 'gone') return unchanged(planned);
  if (seen.kind === 'refused') throw new TributaryError('conflict', seen.reason);
  const now = seen.planned;
  if (now.action === 'unchanged') return unchanged(now);
  if (now.action !== 'delete') return applied(now, await sendDeployment(client, now));
  if ((await Promise.all(puts)).some(({ applied: { outcome } }) => outcome === 'failed'))
    throw new TributaryError(
      'conflict',
      `Deployment ${now.name} wasn't deleted, because another deployment of its integration wasn't applied.`,
    );
  await unlessMissing(client.deleteDeployment({ path: { id: now.live.id } }));
  return applied(now, null);
}

/**
 * Creates or updates a deployment. The upsert alone is enough if the deployment exists and stays in its pool. Otherwise its flow or pool may
 * have to be created first.
 */
async function sendDeployment(client: Client<PlanRoutes>, { desired, live, merged: { request } }: PlannedPut): Promise<Deployment> {
  if (live && live.work_pool_name === request.work_pool_name)
    return (await client.createDeployment({ body: { ...request, flow_id: live.flow_id } })).data;
  return applyDeployment(client, { ...desired, request });
}
