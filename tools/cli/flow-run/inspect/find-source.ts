import { posix } from 'node:path';

/** The place in an author's files that an error names. */
export interface Source {
  /** `ints/shop/flows/api.ts:12:9`, or a file of a dbt project: `models/orders.sql` */
  readonly place: string;
  readonly of: 'flow' | 'dbt project';
}

/**
 * Finds the place in the code that an error names: the log of a flow's failure ends with the line that threw, and dbt names a node's file.
 * @param message why the run or task failed
 * @param logs the last errors of the flow run's log
 * @param folder the folder that the places in the log are relative to
 * @returns null if none is named
 */
export function findSource(message: string | null, logs: readonly string[], folder: string | null): Source | null {
  const said = message?.trim();
  if (!said) return null;
  const file = dbtFile.exec(said)?.[1] ?? dbtYaml.exec(said)?.[1];
  // "LINE 28" in capitals counts the lines of the compiled SQL.
  if (file) return { place: [file, /\bline (\d+)/.exec(said)?.[1]].filter(Boolean).join(':'), of: 'dbt project' };
  const log = logs.findLast((text) => text.includes(said));
  const place = log && / \((\S+:\d+:\d+)\)$/.exec(log.trimEnd())?.[1];
  return place ? { place: folder === null ? place : posix.join(posix.isAbsolute(place) ? '/' : folder, place), of: 'flow' } : null;
}

/** `Database Error in model orders (models/orders.sql)` */
const dbtFile = /\b(?:Compilation|Parsing|Database|Runtime|Dependency|Validation) Error[^(]*\(([^()\s]+\.\w+)\)/;
/** `Error reading shop: models/schema.yml - Runtime Error` */
const dbtYaml = /\bError reading \S+: (\S+\.ya?ml)\b/;
