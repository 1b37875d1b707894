import { patience } from '@tributary/contract/client/patience';
import { isTributaryError, messageOf } from '@tributary/contract/error';
import { logFitter } from '@tributary/contract/fit-log';
import { createClock } from '@tributary/contract/moment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { type LogCreate, type LogLevelName, logLevels } from '@tributary/contract/nouns/log';
import { headers } from '@tributary/contract/routes/route';

import { waitUnless } from '@tributary/contract/wait';
import type { Settings } from '../settings.ts';

/** Posts a run's lines in batches, in their order. */
export interface RunLogs {
  line(name: string, level: LogLevelName, message: string): void;
  /** Posts a host's batch as it is. @param request its id, under which the server may have it already */
  add(logs: readonly LogCreate[], request?: string): void;
  /** resolves when nothing is left to post */
  flush(): Promise<void>;
}

const gatherSeconds = 0.25;
const batchLines = 500;
const batchCharacters = 2_000_000;
/** What is kept while the server does not answer; beyond it, lines are counted, not kept. */
const keptCharacters = 20_000_000;
const now = createClock();

/** Lines that are posted together, those of a host under the id that it gave them. */
interface Batch {
  readonly request: string | undefined;
  readonly logs: LogCreate[];
  characters: number;
}

export function createRunLogs(settings: Settings, run: FlowRun, signal: AbortSignal): RunLogs {
  const waiting: Batch[] = [];
  let characters = 0;
  let dropped = 0;
  let posting: Promise<void> | undefined;
  let urge = new AbortController();

  const fit = logFitter(settings.api.url);
  const add = (lines: readonly LogCreate[], request?: string): void => {
    if (characters > keptCharacters) return void (dropped += lines.length);
    const logs = lines.map(fit);
    const size = sizeOf(logs);
    characters += size;
    const last = waiting.at(-1);
    const joins = request === undefined && last && last.request === undefined && hasRoom(last, size);
    if (joins) {
      last.logs.push(...logs);
      last.characters += size;
    } else waiting.push({ request, logs, characters: size });
    posting ??= post();
  };

  async function post(): Promise<void> {
    await waitUnless(gatherSeconds, urge.signal);
    for (let batch = waiting.shift(); batch; batch = waiting.shift()) {
      const { request, logs } = batch;
      try {
        const named = request === undefined ? {} : { headers: { [headers.request]: request } };
        await settings.client.createLogs({ body: logs, ...named, patience: patience.worker, signal });
      } catch (error) {
        // What a server refuses for its content says nothing of the lines that follow.
        const isGone = signal.aborted || isTributaryError(error, 'unreachable') || isTributaryError(error, 'unauthorized');
        const rest = isGone ? waiting.splice(0) : [];
        for (const other of rest) characters -= other.characters;
        const count = rest.reduce((sum, other) => sum + other.logs.length, logs.length);
        settings.log(`${run.name}: ${count} lines of its logs are lost. ${messageOf(error)}`);
      }
      characters -= batch.characters;
      if (dropped === 0) continue;
      const line = note(`${dropped} lines are missing here or hereabouts: the server took none for too long.`);
      waiting.push({ request: undefined, logs: [line], characters: 0 });
      dropped = 0;
    }
    posting = undefined;
    urge = new AbortController();
  }

  const note = (message: string, name = 'tributary.worker', level: LogLevelName = 'warning'): LogCreate => ({
    name,
    level: logLevels[level],
    message,
    timestamp: now(),
    flow_run_id: run.id,
  });

  return {
    line: (name, level, message) => add([note(message, name, level)]),
    add,
    async flush() {
      urge.abort();
      await posting;
    },
  };
}

function hasRoom({ logs, characters }: Batch, more: number): boolean {
  return logs.length < batchLines && characters + more <= batchCharacters;
}

function sizeOf(logs: readonly LogCreate[]): number {
  return logs.reduce((sum, { message }) => sum + message.length, 0);
}
