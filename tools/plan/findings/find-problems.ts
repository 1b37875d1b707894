import { realpath } from 'node:fs/promises';

import type { Client } from '@tributary/contract/client';
import type { Finding, Plan } from '@tributary/contract/nouns/plan';

import { byPlace } from '../load/by-place.ts';
import type { Loaded } from '../load/loaded.ts';
import { placeFinding } from '../load/place-finding.ts';
import type { LiveDeployments } from '../plan/read-live.ts';
import { missingDeployments } from './missing-deployments.ts';
import { missingParameters } from './missing-parameters.ts';
import { lackingPools, otherPoolTypes, readPools } from './work-pools.ts';
import type { PlanRoutes } from '../routes.ts';

/** The problems of a deploy, and what its deployments name and the engine lacks. */
export interface Problems {
  /** in the order of their places */
  readonly findings: Finding[];
  readonly lacking: Plan['creates'];
}

/**
 * Finds what is wrong before anything is sent. It only reads from the engine.
 * @param found.live the live deployments, at least those with a name that the code declares
 * @param found.root the workspace
 */
export async function findProblems(found: {
  readonly loaded: readonly Loaded[];
  readonly client: Client<PlanRoutes>;
  readonly live: Promise<LiveDeployments>;
  readonly root: string;
}): Promise<Problems> {
  const { loaded, client } = found;
  const sound = loaded.filter(({ error }) => error === undefined);
  const [missing, pools] = await Promise.all([missingDeployments(sound, found, await realpath(found.root)), readPools(client, sound)]);
  const placed = await Promise.all([...missingParameters(sound), ...otherPoolTypes(sound, pools)].map(placeFinding));
  const findings = [...loaded.flatMap(({ error }) => error ?? []), ...placed, ...missing].toSorted(byPlace);
  return { findings, lacking: lackingPools(sound, pools) };
}
