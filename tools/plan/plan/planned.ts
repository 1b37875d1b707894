import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { Owner, PlannedCode } from '@tributary/contract/nouns/plan';
import type { DesiredDeployment } from '@tributary/flow/deploy';

import type { Project } from '../load/project.ts';
import type { Merged, Sides } from '../merge/merge.ts';
import type { ToStore } from '../storage/storage.ts';

/** What a deploy does with a deployment that the code declares. */
export interface PlannedPut {
  readonly action: 'create' | 'update' | 'unchanged';
  readonly desired: DesiredDeployment;
  readonly live: Deployment | undefined;
  /** what was merged, so that an apply can merge again after the live deployment has changed */
  readonly sides: Sides;
  readonly merged: Merged;
  readonly code: PlannedCode;
  /** the code that workers have to get, if it isn't live yet */
  readonly newCode: ToStore | null;
  /** the owner before this deploy, if the deploy changes it */
  readonly owner: Owner | null;
  /** the name of the deployment that this deploy deletes and that this one seems to be under another name */
  readonly replaces: string | null;
}

/** A deployment that its owner no longer declares. */
export interface PlannedDeletion {
  readonly action: 'delete';
  /** `flow/deployment` */
  readonly name: string;
  readonly live: Deployment;
  /** how many waiting runs are deleted with it */
  readonly waiting: number;
}

export type PlannedDeployment = PlannedPut | PlannedDeletion;

/**
 * Finds out why a deploy may not overwrite a deployment of the plan that another deploy has written since: its code may be newer.
 * @param name `flow/deployment`
 * @param live the deployment as it is now
 * @returns a sentence for users; undefined if it may be overwritten
 */
export type WhyOlder = (name: string, live: Deployment) => Promise<string | undefined>;

/** The deployments that an integration declares, compared with the live ones. An integration with an error has none. */
export interface ComparedProject {
  readonly project: Project;
  readonly puts: readonly PlannedPut[];
}

/** What a deploy of one integration would do. A project with an error has no deployments. */
export interface PlannedProject {
  readonly project: Project;
  /** whether the integration is gone from the workspace */
  readonly removed: boolean;
  readonly deployments: readonly PlannedDeployment[];
}
