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

/** Posts a run's log lines in batches and in order. */
export interface RunLogs {
  /** @param name the logger's name */
  line(name: string, level: LogLevelName, message: string): void;
  /** Posts a host's batch unchanged. @param request the batch's id; the server may already have stored the batch under this id */
  add(logs: readonly LogCreate[], request?: string): void;
  /** Resolves once no line is left. Lines that the server doesn't accept in time are dropped, and the worker logs how many were. */
  flush(): Promise<void>;
}

/** Milliseconds for which a line waits for further lines of its batch. */
const gatherDelay = 250;
const batchLines = 500;
/** The most characters of one batch. */
const batchSize = 2_000_000;
/** The most characters that are kept while the server doesn't answer. Lines beyond that are dropped and counted. */
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
