import { type Batch, createOutbox } from '@tributary/contract/client/outbox';
import { messageOf, TributaryError } from '@tributary/contract/error';
import { logFitter } from '@tributary/contract/fit-log';
import type { LogCreate } from '@tributary/contract/nouns/log';
import { logLevels } from '@tributary/contract/nouns/log';
import type { EventInput } from '@tributary/contract/nouns/event';
import { createClock } from '@tributary/contract/moment';
import { isSuspended, type State } from '@tributary/contract/nouns/state';
import { headers } from '@tributary/contract/routes/route';

import type { EnginePort } from '../run/engine-port.ts';
import { pollRanges } from '../run/poll-range.ts';
import type { Clients } from './clients.ts';
import { createDeploymentPort } from './deployment-port.ts';
import { createFlowRunStates, type FlowRunStates } from './states/flow-run-states.ts';
import { createPausePort } from './pause-port.ts';
import { createStoredValues } from './stored-values.ts';
import type { RootRun } from './states/root-run.ts';
import { createSlotPort, type ServedSlots } from './slot-port.ts';
import { taskRunEvent } from './task-run-event.ts';
import { createTurnstile } from './turnstile.ts';

/** The wait before each batch, in milliseconds. */
const flushDelay = 250;
/** The largest batch in characters. Its JSON takes four megabytes at most in any alphabet. */
const batchSize = 1_000_000;
/** How much may wait to be sent, in characters. */
const capacity = 64_000_000;
const eventBatch = 500;
/** How many task run states may wait to be sent before new tasks have to wait. */
const eventRoom = 20 * eventBatch;

export interface ServerPort extends EnginePort, Pick<FlowRunStates, 'endRootRun'>, Pick<ServedSlots, 'release'> {
  /** Sends all queued logs and events. */
  flush(): Promise<void>;
  /** Sets `trusted` to false after an uncaught exception or rejection. */
  distrust(): void;
  /** Called when the worker has seen that the run is paused, no matter whether the run or a client paused it. */
  paused(): void;
  /** @returns the logs and events that the server has not confirmed, to be sent in another way */
  unsent(): { readonly logs: readonly Batch<LogCreate>[]; readonly events: readonly EventInput[] };
}

function withoutWorker(): Promise<never> {
  return Promise.reject(new TributaryError('crashed', 'No worker can check out a repository for this process.'));
}

/** Creates the port of a run host. It sends logs and task run states in batches, and everything else immediately. */
export function createServerPort(options: {
  readonly clients: Clients;
  readonly signal: AbortSignal;
  readonly root: RootRun;
  /** the server's features beyond Prefect's protocol */
  readonly features: readonly string[];
  readonly onlyWaits?: EnginePort['onlyWaits'];
  readonly checkOut?: EnginePort['checkOut'];
}): ServerPort {
  const { clients, signal, root, features, onlyWaits = () => undefined, checkOut = withoutWorker } = options;
  const clock = createClock();
  const fit = logFitter(clients.url);
  const warn = (flow_run_id: LogCreate['flow_run_id'], message: string): void =>
    logs.push({ name: 'tributary.host', level: logLevels.warning, message, timestamp: clock(), flow_run_id: flow_run_id ?? null });

  const logs = createOutbox<LogCreate>({
    send: (batch, id) => clients.run.createLogs({ body: [...batch], headers: { [headers.request]: id } }),
    sizeOf: ({ message }) => message.length + 200,
    maximumItems: 1000,
    maximumSize: batchSize,
    delay: flushDelay,
    capacity,
    onLost: (count, reason) => warn(root.id, `${count} log ${count === 1 ? 'line was' : 'lines were'} lost: ${reason}`),
  });
  const events = createOutbox<EventInput>({
    send: (batch) => clients.run.createEvents({ body: [...batch] }),
    sizeOf: ({ resource }) => 1500 + 3 * (resource['prefect.state-message']?.length ?? 0),
    maximumItems: eventBatch,
    maximumSize: batchSize,
    delay: flushDelay,
    capacity: 4 * capacity,
    onLost: (count, reason) => warn(root.id, `${count} task run ${count === 1 ? 'state was' : 'states were'} lost: ${reason}`),
  });
  const flush = async (): Promise<void> => {
    await events.flush();
    // Logs are sent last, because sending events may log a warning.
    await logs.flush();
  };
  const { adopt, pauses, ...states } = createFlowRunStates({ clients, signal, flush, warn, root });
  const pausePort = createPausePort(clients, pauses);
  let outsidePause: EnginePort['outsidePause'] = null;
  let trusted = true;
  let createChild: Promise<EnginePort['createChildInProcess']> | undefined;
  /** Reads the run's state immediately, because a suspended run may already run in another process when this process reaches its next task. */
  async function readOutsidePause(before: EnginePort['outsidePause']): Promise<State | null> {
    const known = await before;
    if (known && isSuspended(known)) return known;
    return pausePort.readState(root.id).catch(() => null);
  }

  return {
    ...states,
    served: true,
    poll: features.length > 0 ? pollRanges.own : pollRanges.other,
    ...createStoredValues(clients),
    signal,
    get trusted() {
      return trusted;
    },
    distrust() {
      trusted = false;
    },
    clock,
    onlyWaits,
    checkOut,
    async rename(id, name) {
      const client = await clients.full();
      await client.updateFlowRun({ path: { id }, body: { name } }).catch((error: unknown) => {
        warn(id, `Could not rename the run to "${name}": ${messageOf(error)}`);
      });
    },
    async createChildInProcess(child) {
      // Imported late because few flows call another flow as a function.
      createChild ??= import('./create-child-in-process.ts').then((late) => late.childInProcessCreator({ clients, clock, adopt }));
      return (await createChild)(child);
    },
    // Each task has at least two states, so the tasks of one turn fill a batch, which is sent before the next turn.
    room: createTurnstile({ perTurn: eventBatch / 2, hasRoom: () => events.length < eventRoom }),
    taskRun: (report) => events.push(taskRunEvent(report)),
    log: (line) => logs.push(fit(line)),
    async artifact(body) {
      return (await (await clients.full()).createArtifact({ body })).data.id;
    },
    async updateArtifact(id, body) {
      await (await clients.full()).updateArtifact({ path: { id }, body });
    },
    deployments: createDeploymentPort(clients, signal, features),
    pauses: pausePort,
    get outsidePause() {
      return outsidePause;
    },
    forgetOutsidePause(old) {
      if (outsidePause === old) outsidePause = null;
    },
    paused() {
      outsidePause = readOutsidePause(outsidePause);
    },
    ...createSlotPort(clients),
    flush,
    unsent: () => ({ logs: logs.unsent(), events: events.unsent().flatMap(({ items }) => items) }),
  };
}
