import type { Client, Patience } from '@tributary/contract/client';
import { patience } from '@tributary/contract/client/patience';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { defaultPool } from '@tributary/contract/nouns/work-pool';
import { connect, type Engine } from '@tributary/flow/engine';

import { readRows } from '../plan/read-live.ts';
import { type PlanRoutes, planRoutes } from '../routes.ts';

/** A connection to an engine on which the plan's first question is already on its way. */
export interface Reading {
  readonly client: Client<PlanRoutes>;
  /** how many deployments to send at once */
  readonly width: number;
  /** the live deployments that matter whatever the code declares */
  readonly owned: Promise<readonly Deployment[]>;
}

/**
 * Asks an engine for the live deployments that matter whatever the code declares, so that it looks for them while user code is imported.
 * Deployments with an owner are in work pools of our type, which is all that is read of an engine that others use too.
 * @param which.all whether all deployments matter
 * @param which.deletes whether deployments matter that the code doesn't declare
 */
export function beginReading(engine: Engine, { all, deletes }: { readonly all: boolean; readonly deletes: boolean }): Reading {
  const { width, patience: howLong } = pace(engine);
  const client = connect(planRoutes, engine, { patience: howLong });
  const owned = all || deletes ? readRows(client, all ? {} : { work_pools: { type: { any_: [defaultPool.type] } } }) : Promise.resolve([]);
  // If it fails before somebody waits for it, its error must not be an unhandled one.
  owned.catch(() => undefined);
  return { client, width, owned };
}

/**
 * How fast to write. Prefect's server on SQLite refuses concurrent writes with "database is locked". So it gets only two requests at a
 * time, and a refused request is retried for longer.
 */
function pace({ kind }: Engine): { readonly width: number; readonly patience: Patience } {
  return kind === 'prefect' ? { width: 2, patience: { ...patience.command, busy: 60 } } : { width: 32, patience: patience.command };
}
