import type { FlowRunId } from '@tributary/contract';

import type { Database } from '../database/database.ts';

export type HeldRow = {
  id: FlowRunId;
  state_type: string;
  state_timestamp: number;
  worker: string;
  boot: string;
};

const label = (name: string): string => `json_extract(r.labels, '$."tributary.${name}"')`;

/** Runs that have a process, by worker and boot, also those that wait in it for a retry or to be resumed: a claim lasts as long as that. */
export const selectHeld = `
  SELECT r.id, r.state_type, r.state_timestamp, ${label('worker')} AS worker, ${label('boot')} AS boot
  FROM flow_runs r
  WHERE r.claim IS NOT NULL AND ${label('boot')} IS NOT NULL`;

/** All of them. */
export function readHeld(database: Database): HeldRow[] {
  return database.all<HeldRow>(selectHeld);
}

/** Those of a worker's name under another boot, without those of a namesake in another pool, which has a boot of its own. */
export function readHeldByOtherBoots(database: Database, worker: string, boot: string): HeldRow[] {
  return database.all<HeldRow>(
    `${selectHeld} AND ${label('worker')} = ? AND ${label('boot')} <> ?
       AND ${label('boot')} NOT IN (SELECT boot FROM workers WHERE boot IS NOT NULL)`,
    worker,
    boot,
  );
}
