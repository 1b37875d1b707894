import type { Client } from '@tributary/contract/client';
import { isTributaryError, TributaryError } from '@tributary/contract/error';
import { canonicalJson } from '@tributary/contract/json';
import { createGate, type Gate } from '@tributary/contract/gate';
import { once } from '@tributary/contract/once';
import type { DeploymentChange } from '@tributary/contract/routes/apply';
import { createPool } from '@tributary/flow/deploy';

import type { PlannedDeployment, WhyOlder } from '../plan/planned.ts';
import type { Applier } from './applier.ts';
import { applied, type Done, failed, notSent, unchanged } from './done.ts';
import { readAgain } from './read-again.ts';
import { seeAgain } from './see-again.ts';
import { toChange } from './to-change.ts';
import { toParts } from './to-parts.ts';
import type { PlanRoutes } from '../routes.ts';

/** How often a part is sent again because its deployments have changed in the meantime. */
const mostRetries = 3;

/** What is done with one deployment of the plan. */
interface Step {
  /** what the plan says */
  readonly of: PlannedDeployment;
  /** what is done now: the live deployment may have changed since the plan */
  readonly planned: PlannedDeployment;
  /** undefined if there is nothing to send */
  readonly change: DeploymentChange | undefined;
}

/** The most changes that are on their way at once, or one part. More connections would cost more than they save. */
const mostChanges = 32;

/**
 * Applies on an engine that makes many changes in one transaction. A part of an integration is applied as a whole or not at all. If a part fails,
 * the following parts of its integration aren't sent.
 */
export const applyTogether: Applier = (integrations, { client, lackingPools, whyOlder }) => {
  const create = once((pool: string) => createPool(client, pool));
  // The server makes the changes of one request in one go. So few are on their way at once, or all other requests would wait.
  const gate = createGate(mostChanges);
  let gone: unknown;

  async function send(part: readonly Step[]): Promise<Done[]> {
    const leave = await enter(gate, Math.min(part.length, mostChanges));
    try {
      if (gone !== undefined) throw gone;
      await Promise.all(lackingPools.filter((pool) => part.some((step) => poolOf(step) === pool)).map(create));
      return await sendPart(client, part, whyOlder);
    } catch (error) {
      if (isTributaryError(error, 'unreachable')) gone ??= notSent(error);
      return part.map(({ planned }) => failed(planned, error));
    } finally {
      leave();
    }
  }

  return integrations.map(async (list) => {
    const steps = deletionsLast(list).flatMap((of) => {
      const change = toChange(of);
      return change ? [{ of, planned: of, change }] : [];
    });
    const done = new Map<PlannedDeployment, Done>();
    let failure: unknown;
    for (const part of toParts(steps)) {
      const sent: Done[] = failure ? part.map(({ planned }) => failed(planned, failure)) : await send(part);
      for (const [index, { of }] of part.entries()) if (sent[index]) done.set(of, sent[index]);
      failure ??= sent.find(({ error }) => error !== undefined)?.error;
    }
    return list.map((one) => done.get(one) ?? unchanged(one));
  });
};

function poolOf({ planned }: Step): string | null | undefined {
  return planned.action === 'delete' ? undefined : planned.merged.request.work_pool_name;
}

/** Enters a gate that counts changes. All places are asked for at once, so that two parts never wait for each other. */
async function enter(gate: Gate, places: number): Promise<() => void> {
  await Promise.all(Array.from({ length: places }, () => gate.enter()));
  return () => {
    for (let place = 0; place < places; place += 1) gate.leave();
  };
}

/**
 * Sends one part. If a deployment isn't as the plan saw it, all deployments of the part are read and merged again.
 * @throws if nothing was applied
 */
async function sendPart(client: Client<PlanRoutes>, part: readonly Step[], whyOlder: WhyOlder): Promise<Done[]> {
  let steps = part;
  for (let retries = 0; ; retries += 1) {
    const changes = steps.flatMap(({ change }) => change ?? []);
    try {
      const stored = changes.length > 0 ? (await client.applyDeployments({ body: { changes } })).data : [];
      return steps.map(({ planned, change }) => (change ? applied(planned, stored[changes.indexOf(change)] ?? null) : unchanged(planned)));
    } catch (error) {
      if (!isTributaryError(error, 'conflict') || retries === mostRetries) throw error;
      const again = await lookAgain(client, part, whyOlder);
      // If nothing has changed, the server would refuse the same changes again.
      if (canonicalJson(again.map(({ change }) => change)) === canonicalJson(steps.map(({ change }) => change))) throw error;
      steps = again;
    }
  }
}

/** @throws `conflict` if somebody else has become the owner of a deployment, or has deployed newer code */
async function lookAgain(client: Client<PlanRoutes>, part: readonly Step[], whyOlder: WhyOlder): Promise<Step[]> {
  const rows = await readAgain(
    client,
    part.map(({ of }) => of),
  );
  const again = part.map(async ({ of }, index): Promise<Step> => {
    const seen = await seeAgain(of, rows[index], whyOlder);
    if (seen.kind === 'refused') throw new TributaryError('conflict', seen.reason);
    return seen.kind === 'gone' ? { of, planned: of, change: undefined } : { of, planned: seen.planned, change: toChange(seen.planned) };
  });
  return Promise.all(again);
}

/** Creations and updates come first, so that a renamed deployment exists under its new name before the old one is deleted. */
function deletionsLast(planned: readonly PlannedDeployment[]): PlannedDeployment[] {
  return [...planned.filter(({ action }) => action !== 'delete'), ...planned.filter(({ action }) => action === 'delete')];
}
