import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { maximumRunsFound } from '@tributary/contract/routes/trees';

import type { Database } from '../database/database.ts';
import { type FlowRunRow, flowRunOf, selectFlowRuns } from '../rows/flow-run.ts';

export const selectByIdPrefix = `${selectFlowRuns} WHERE r.id >= ? AND r.id < ? ORDER BY r.id LIMIT ${maximumRunsFound}`;

/**
 * Finds runs by the beginning of their id.
 * @param now in integer microseconds
 */
export function findFlowRuns(database: Database, prefix: string, now: number): FlowRun[] {
  const from = prefix.toLowerCase();
  // The letter after the last hexadecimal digit.
  return database.all<FlowRunRow>(selectByIdPrefix, from, `${from}g`).map((row) => flowRunOf(row, now));
}
