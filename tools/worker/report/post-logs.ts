import { createOutbox } from '@tributary/contract/client/outbox';
import { patience } from '@tributary/contract/client/patience';
import { messageOf } from '@tributary/contract/error';
import { logFitter } from '@tributary/contract/fit-log';
import { createClock } from '@tributary/contract/moment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { type LogCreate, type LogLevelName, logLevels } from '@tributary/contract/nouns/log';
import { headers } from '@tributary/contract/routes/route';

import { afterFailures } from '../back-off.ts';
import type { Settings } from '../settings.ts';

/** Posts a run's lines in batches, in their order. */
export interface RunLogs {
  line(name: string, level: LogLevelName, message: string): void;
  /** Posts a host's batch as it is. @param request its id, under which the server may have it already */
  add(logs: readonly LogCreate[], request?: string): void;
  /** Resolves when nothing is left to post. What the server does not take within the worker's patience is lost, and the worker says how much. */
  flush(): Promise<void>;
}

/** Milliseconds that a line waits for others. */
const gatherDelay = 250;
const batchLines = 500;
/** Characters of one batch. */
const batchSize = 2_000_000;
/** Characters that are kept while the server does not answer; lines beyond it are counted, not kept. */
const capacity = 20_000_000;
const now = createClock();

export function createRunLogs(
  settings: Pick<Settings, 'client' | 'api' | 'log'>,
  run: Pick<FlowRun, 'id' | 'name'>,
  signal: AbortSignal,
): RunLogs {
  const fit = logFitter(settings.api.url);
  const push = (name: string, level: LogLevelName, message: string): void =>
    outbox.push(fit({ name, level: logLevels[level], message, timestamp: now(), flow_run_id: run.id }));

  const outbox = createOutbox<LogCreate>({
    send: (logs, id) =>
      settings.client.createLogs({ body: [...logs], headers: { [headers.request]: id }, patience: patience.worker, signal }),
    sizeOf: ({ message }) => message.length + 200,
    maximumItems: batchLines,
    maximumSize: batchSize,
    delay: gatherDelay,
    retryDelay: (failures, error) => afterFailures(failures, Math.random(), error),
    capacity,
    onLost(count, reason) {
      push('tributary.worker', 'warning', `${counted(count)} dropped around here: ${reason}`);
      settings.log(`${run.name}: ${counted(count)} lost: ${reason}`);
    },
    signal,
  });

  return {
    line: push,
    add(logs, request) {
      const fitted = logs.map(fit);
      if (request === undefined) for (const log of fitted) outbox.push(log);
      else outbox.pushBatch({ id: request, items: fitted });
    },
    async flush() {
      try {
        await outbox.flush();
      } catch (error) {
        settings.log(`${run.name}: ${counted(outbox.giveUp())} lost: ${messageOf(error)}`);
      }
    },
  };
}

function counted(count: number): string {
  return count === 1 ? '1 log line was' : `${count} log lines were`;
}
