import type { StorageKind } from '@tributary/contract/nouns/plan';

import type { Reset } from '../merge/merge.ts';

/** What a user allows a deploy to do, and asks a plan to show. */
export interface Policy {
  /**
   * whether the plan is of the whole workspace, so that deployments of removed integrations are deleted
   * @default false
   */
  readonly everything: boolean;
  /** ids of other workspaces whose deployments become this workspace's, where the code declares them @default none */
  readonly takeOver: readonly string[];
  /** how many deployments may be deleted, where there are so many that it may be a mistake @default 0 */
  readonly allowDeletes: number;
  /** whether code may be deployed that is older than the live code, or on another line of history @default false */
  readonly allowOlder: boolean;
  /** fields that go back to the code, although people changed them on the engine @default none */
  readonly reset: Reset;
  /** where the code of deployments is stored @default null: in git if nx.json says how, otherwise in the folder of the workspace */
  readonly storage: StorageKind | null;
  /** whether to list the deployments that this workspace doesn't own @default false */
  readonly listOthers: boolean;
}

export const defaultPolicy: Policy = {
  everything: false,
  takeOver: [],
  allowDeletes: 0,
  allowOlder: false,
  reset: [],
  storage: null,
  listOthers: false,
};
