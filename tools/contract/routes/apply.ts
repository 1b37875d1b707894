import { z } from 'zod';

import { deploymentId } from '../id.ts';
import { jsonObject } from '../json.ts';
import { deployment, deploymentCreate } from '../nouns/deployment.ts';
import { labels } from '../nouns/label.ts';
import { scheduleCreate } from '../nouns/schedule.ts';
import { entityName } from '../name.ts';
import { table } from './route.ts';

/** The most changes of one request. */
export const maximumChanges = 200;

/** The most schedules of all changes of one request together. The server plans the runs of each new one. */
export const maximumSchedules = 1000;

/** The hash of what a plan saw of a live deployment: the SHA-256 of {@link seenText}. */
const seen = z.string();

/** A schedule as the code says it. If it leaves out `active`, the live schedule stays active or paused, and a new one is active. */
const appliedSchedule = scheduleCreate.omit({ replaces: true }).extend({ active: z.boolean().optional() });

/** The most tags and pull steps of one deployment. A list with a maximum is refused without a look at its items. */
const maximumItems = 1000;

/** Fields that are left out keep their values. `schedules: []` deletes all schedules, and schedules that stay keep their ids and runs. */
const appliedDeployment = deploymentCreate.omit({ flow_id: true }).extend({
  schedules: z.array(appliedSchedule).max(maximumSchedules).optional(),
  tags: z.array(z.string()).max(maximumItems).optional(),
  pull_steps: z.array(jsonObject).max(maximumItems).nullish(),
});
export type AppliedDeployment = z.output<typeof appliedDeployment>;
export type AppliedSchedule = z.output<typeof appliedSchedule>;

/** One change of a deployment. It is refused if the live deployment isn't the one that the plan saw. */
export const deploymentChange = z.discriminatedUnion('change', [
  /** creates the deployment of this flow, and the flow if it doesn't exist, or updates it. `seen` is null if there was no deployment */
  z.strictObject({
    change: z.literal('put'),
    flow: entityName,
    seen: seen.nullable(),
    deployment: appliedDeployment,
  }),
  /** replaces the labels, and nothing else */
  z.strictObject({ change: z.literal('label'), id: deploymentId, seen, labels }),
  z.strictObject({ change: z.literal('delete'), id: deploymentId, seen }),
]);
export type DeploymentChange = z.input<typeof deploymentChange>;

const changeList = z.array(deploymentChange).min(1).max(maximumChanges);
export type DeploymentChanges = z.output<typeof changeList>;

const changes = changeList.refine((all) => countSchedules(all) <= maximumSchedules, {
  message: `the changes have more than ${maximumSchedules} schedules together: send them in smaller parts`,
});

function countSchedules(all: DeploymentChanges): number {
  return all.reduce((sum, change) => sum + (change.change === 'put' ? (change.deployment.schedules?.length ?? 0) : 0), 0);
}

/** The route of the feature `apply`, which only Tributary has. */
export const applyRoutes = table({
  /**
   * Makes all changes in one transaction, or none: 409 with the names of the deployments that aren't as the plan saw them.
   * The answer has the deployments in the order of the changes; null for a deleted one.
   */
  applyDeployments: {
    method: 'POST',
    path: '/tributary/apply',
    body: z.strictObject({ changes }),
    answer: z.array(deployment.nullable()),
    status: [200],
    once: true,
  },
});
