import type { FlowRunId } from '@tributary/contract';

import type { Database } from '../database/database.ts';

/** A run that a process of a worker holds. */
export type HeldRow = {
  id: FlowRunId;
  state_type: string;
  state_name: string;
  state_timestamp: number;
  worker: string;
  boot: string;
};

const label = (name: string): string => `json_extract(r.labels, '$."tributary.${name}"')`;

/** The runs claimed by Tributary workers, in any state. This includes runs that wait in their process for a retry or to be resumed. */
export const selectHeld = `
  SELECT r.id, r.state_type, r.state_name, r.state_timestamp, ${label('worker')} AS worker, ${label('boot')} AS boot
  FROM flow_runs r
  WHERE r.claim IS NOT NULL AND ${label('boot')} IS NOT NULL`;

/** The runs that any worker holds. */
export function readHeld(database: Database): HeldRow[] {
  return database.all<HeldRow>(selectHeld);
}

/**
 * The runs held by earlier processes of a worker. The runs of a worker of the same name in another pool aren't among them: their boot id
 * is still registered in the table `workers`.
 */
export function readHeldByOtherBoots(database: Database, worker: string, boot: string): HeldRow[] {
  return database.all<HeldRow>(
    `${selectHeld} AND ${label('worker')} = ? AND ${label('boot')} <> ?
       AND ${label('boot')} NOT IN (SELECT boot FROM workers WHERE boot IS NOT NULL)`,
    worker,
    boot,
  );
}
