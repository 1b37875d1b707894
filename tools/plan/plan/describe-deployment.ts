import { createHash } from 'node:crypto';

import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { DeploymentPlan, IntegrationPlan } from '@tributary/contract/nouns/plan';
import { scheduleText } from '@tributary/contract/schedule-text';
import { seenText } from '@tributary/contract/seen-text';

import type { PlannedDeployment, PlannedProject } from './planned.ts';

/** Describes for people, CI and GitHub what happens to the deployments of an integration. */
export function describeProject({ project, removed, deployments }: PlannedProject): IntegrationPlan {
  return { ...project, removed, deployments: deployments.map(describeDeployment) };
}

/** Describes what happens to a deployment. */
export function describeDeployment(planned: PlannedDeployment): DeploymentPlan {
  const nothing = { changes: [], schedules: [], kept: [], whole: [], owner: null, replaces: null, waiting: 0 };
  if (planned.action === 'delete') {
    const { name, action, live, waiting } = planned;
    return { ...nothing, name, action, waiting, seen: seenHash(live), code: null };
  }
  const { desired, action, merged, code, live, owner, replaces } = planned;
  return {
    name: desired.name,
    action,
    changes: [...merged.changes],
    schedules: (desired.request.schedules ?? []).map(({ schedule }) => `${'cron' in schedule ? 'cron ' : ''}${scheduleText(schedule)}`),
    kept: [...merged.kept],
    whole: [...merged.whole],
    owner,
    replaces,
    waiting: 0,
    seen: live ? seenHash(live) : null,
    code,
  };
}

/** The hash of what a plan saw of a live deployment, which the server computes too before it changes the deployment. */
export function seenHash(live: Deployment): string {
  return createHash('sha256').update(seenText(live)).digest('hex');
}
