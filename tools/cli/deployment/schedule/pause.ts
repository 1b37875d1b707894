import { TributaryError } from '@tributary/contract/error';
import type { DeploymentSchedule } from '@tributary/contract/nouns/schedule';
import { scheduleText } from '@tributary/contract/schedule-text';

import type { Call } from '../../command/call.ts';
import { misuse } from '../../command/refusal.ts';
import { openEngine } from '../../engine/open.ts';
import { didYouMean } from '../../name/no-such.ts';
import { findDeployment, type NamedDeployment } from '../find.ts';

export interface PauseOptions {
  readonly all?: boolean;
}

/** Pauses or resumes one of a deployment's schedules, or all of them. */
export async function setActive(
  call: Call,
  name: string,
  wanted: string | undefined,
  { all = false, active }: PauseOptions & { readonly active: boolean },
): Promise<undefined> {
  if (all && wanted !== undefined) throw misuse('Give a schedule or --all, not both.');
  const { client } = await openEngine(call, 'write');
  const found = await findDeployment(client, name);
  const chosen = all ? found.deployment.schedules : [choose(found, wanted)];
  const path = { id: found.deployment.id };
  for (const { id, parameters } of chosen)
    // An update without parameters would delete the schedule's parameters.
    await client.updateSchedule({ path: { ...path, schedule: id }, body: { active, parameters } });
  const { data: deployment } = await client.readDeployment({ path });
  const ids = new Set<string>(chosen.map(({ id }) => id));
  call.out.result(
    deployment.schedules.filter(({ id }) => ids.has(id)),
    () => chosen.map((schedule) => `${active ? 'Resumed' : 'Paused'} schedule ${titleOf(schedule)} of ${found.fullName}.`).join('\n'),
  );
}

function choose({ deployment: { schedules }, fullName }: NamedDeployment, wanted: string | undefined): DeploymentSchedule {
  const slugs = schedules.map(({ slug, id }) => slug ?? id);
  const [only, ...others] = schedules;
  if (!only) throw new TributaryError('not_found', `${fullName} has no schedules.`);
  if (wanted === undefined) {
    if (others.length === 0) return only;
    throw misuse(`${fullName} has ${schedules.length} schedules: name one (${slugs.join(', ')}), or give --all.`);
  }
  const found = schedules.find(({ slug, id }) => slug === wanted || id === wanted);
  if (found) return found;
  const meant = didYouMean(wanted, slugs, `Its schedules are ${slugs.join(', ')}.`);
  throw new TributaryError('not_found', `${fullName} has no schedule "${wanted}". ${meant}`);
}

function titleOf({ slug, schedule }: DeploymentSchedule): string {
  return slug ? `${slug} (${scheduleText(schedule)})` : scheduleText(schedule);
}
