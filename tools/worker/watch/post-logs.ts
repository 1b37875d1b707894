import { patience } from '@tributary/contract/client/patience';
import { isTributaryError, messageOf } from '@tributary/contract/error';
import { logFitter } from '@tributary/contract/fit-log';
import { createClock } from '@tributary/contract/moment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { type LogCreate, type LogLevelName, logLevels } from '@tributary/contract/nouns/log';

import { pause } from '../pause.ts';
import type { Settings } from '../settings.ts';

/** Posts a run's lines in batches, in their order. */
export interface RunLogs {
  line(name: string, level: LogLevelName, message: string): void;
  add(logs: readonly LogCreate[]): void;
  /** resolves when nothing is left to post */
  flush(): Promise<void>;
}

const gatherMilliseconds = 250;
const batchLines = 500;
const batchCharacters = 2_000_000;
/** What is kept while the server does not answer; beyond it, lines are counted, not kept. */
const keptCharacters = 20_000_000;
const now = createClock();

export function createRunLogs(settings: Settings, run: FlowRun, signal: AbortSignal): RunLogs {
  const waiting: LogCreate[] = [];
  let characters = 0;
  let dropped = 0;
  let posting: Promise<void> | undefined;
  let urge = new AbortController();

  const fit = logFitter(settings.api.url);
  const add = (line: LogCreate): void => {
    const log = fit(line);
    if (characters > keptCharacters) return void (dropped += 1);
    characters += log.message.length;
    waiting.push(log);
    posting ??= post();
  };

  async function post(): Promise<void> {
    await pause(gatherMilliseconds, urge.signal);
    while (waiting.length > 0) {
      const batch = nextBatch();
      try {
        await settings.client.createLogs({ body: batch, patience: patience.worker, signal });
      } catch (error) {
        // What a server refuses for its content says nothing of the lines that follow.
        const isGone = signal.aborted || isTributaryError(error, 'unreachable') || isTributaryError(error, 'unauthorized');
        if (isGone) batch.push(...waiting.splice(0));
        settings.log(`${run.name}: ${batch.length} lines of its logs are lost. ${messageOf(error)}`);
      }
      characters -= batch.reduce((sum, log) => sum + log.message.length, 0);
      if (dropped === 0) continue;
      waiting.push(note(`${dropped} lines are missing here or hereabouts: the server took none for too long.`));
      dropped = 0;
    }
    posting = undefined;
    urge = new AbortController();
  }

  function nextBatch(): LogCreate[] {
    let size = 0;
    const end = waiting.findIndex((log, index) => index >= batchLines || (index > 0 && (size += log.message.length) > batchCharacters));
    return waiting.splice(0, end < 0 ? waiting.length : end);
  }

  const note = (message: string, name = 'tributary.worker', level: LogLevelName = 'warning'): LogCreate => ({
    name,
    level: logLevels[level],
    message,
    timestamp: now(),
    flow_run_id: run.id,
  });

  return {
    line: (name, level, message) => add(note(message, name, level)),
    add: (logs) => logs.forEach(add),
    async flush() {
      urge.abort();
      await posting;
    },
  };
}
