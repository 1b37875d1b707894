import type { Client } from '@tributary/contract/client';

import type { PlannedDeployment, WhyOlder } from '../plan/planned.ts';
import type { Done } from './done.ts';
import type { PlanRoutes } from '../routes.ts';

/**
 * Applies the deployments of several integrations. All start now.
 * @returns for each integration a promise of what was done, in the order of its deployments. The promises never reject
 */
export type Applier = (integrations: readonly (readonly PlannedDeployment[])[], on: ApplyOn) => Promise<Done[]>[];

/** The engine that a plan is applied to. */
export interface ApplyOn {
  readonly client: Client<PlanRoutes>;
  /** the work pools that deployments of the plan need and the engine lacks */
  readonly lackingPools: readonly string[];
  /** how many deployments to write at once, if the engine takes them one by one */
  readonly width: number;
  /** the workspace of which only one deploy at a time may write; null if others needn't wait */
  readonly turnOf: string | null;
  /** gets a line for users if the deploy has to wait for another one */
  readonly announce: (line: string) => void;
  /** asked about deployments that another deploy has written since the plan */
  readonly whyOlder: WhyOlder;
}
