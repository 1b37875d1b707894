import { allPages, pieces } from '@tributary/contract/client/pages';
import type { FlowRunId } from '@tributary/contract/id';
import type { Log } from '@tributary/contract/nouns/log';
import { addSeconds, type Timestamp, toMicros } from '@tributary/contract/time';

import type { ApiClient } from '../engine/open.ts';

/**
 * A sweep reads the logs again from this many seconds before the newest line of the last sweep. Several processes send logs in batches, so
 * older lines may arrive after newer ones.
 */
const lookBack = 5;
/** the number of polls from one sweep to the next */
const sweepEvery = 8;

export interface LogFollower {
  /** @param sweep whether to look for lines that arrived late @returns the lines that no earlier call has returned */
  (ids: readonly FlowRunId[], sweep?: boolean): Promise<Log[]>;
}

/** Makes a function that reads the new log lines of runs. @param level the lowest level to read, as in Python's logging @default 0 */
export function followLogs(client: ApiClient, level = 0): LogFollower {
  const seen = new Map<string, Timestamp>();
  let newest: Timestamp | undefined;
  let swept: Timestamp | undefined;
  let looks = 0;
  const readSince = (ids: FlowRunId[], since: Timestamp | undefined): Promise<Log[]> =>
    allPages((page) =>
      client.filterLogs({
        body: {
          logs: {
            flow_run_id: { any_: ids },
            ...(since ? { timestamp: { after_: since } } : {}),
            ...(level > 0 ? { level: { ge_: level } } : {}),
          },
          sort: 'TIMESTAMP_ASC',
          ...page,
        },
      }),
    );
  return async (ids, sweep = false) => {
    looks += 1;
    const sweeping = sweep || looks % sweepEvery === 0;
    const since = sweeping ? swept && addSeconds(swept, -lookBack) : newest;
    const fresh: Log[] = [];
    for (const some of pieces(ids))
      for (const log of await readSince(some, since)) {
        if (seen.has(log.id)) continue;
        seen.set(log.id, log.timestamp);
        fresh.push(log);
      }
    for (const { timestamp } of fresh) if (!newest || toMicros(timestamp) > toMicros(newest)) newest = timestamp;
    if (sweeping) {
      if (since) for (const [id, timestamp] of seen) if (toMicros(timestamp) < toMicros(since)) seen.delete(id);
      swept = newest;
    }
    return fresh;
  };
}
