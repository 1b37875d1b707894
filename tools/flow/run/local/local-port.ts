import { type FlowRunId, newId, type StateId } from '@tributary/contract/id';
import { addSeconds, createClock, type Timestamp } from '@tributary/contract/moment';
import { logLevels } from '@tributary/contract/nouns/log';
import { defaultStateName, type State, type StateProposalInput } from '@tributary/contract/nouns/state';

import { currentArtifactPort, currentDeploymentPort, currentPausePort } from './current-ports.ts';
import type { EnginePort } from '../engine-port.ts';
import { readVariableText, secretEnvironmentName, variableEnvironmentName } from './stored-values.ts';
import { pollRanges } from '../poll-range.ts';

/** The clock of all runs without a server in this process. Strictly increasing. */
export const localClock = createClock();

/**
 * Creates the port of a flow that runs without a server, as a plain function in a test or a script. It decides retries itself, prints logs,
 * and reads secrets and variables from the environment. Task runs are not reported.
 */
export function createLocalPort(signal: AbortSignal = new AbortController().signal): EnginePort {
  const attempts = new Map<FlowRunId, number>();
  /** how many attempts a child run made before the parent's current attempt; they don't count against the child's retries */
  const before = new Map<FlowRunId, number>();
  const children = new Map<string, FlowRunId>();
  const clock = localClock;
  return {
    signal,
    trusted: true,
    clock,
    served: false,
    slots: null,
    poll: pollRanges.own,
    room: () => undefined,
    outsidePause: null,
    forgetOutsidePause: () => undefined,
    beginAttempt({ flowRunId }) {
      const attempt = (attempts.get(flowRunId) ?? 0) + 1;
      attempts.set(flowRunId, attempt);
      return Promise.resolve({ go: true, attempt, state: toState({ type: 'RUNNING' }, clock()) });
    },
    endAttempt({ flowRunId, flow }, proposal) {
      const attempt = attempts.get(flowRunId) ?? 0;
      const own = attempt - (before.get(flowRunId) ?? 0);
      const again = proposal.type === 'FAILED' && own > 0 && own <= flow.retries;
      if (again) return Promise.resolve({ retryAt: addSeconds(clock(), flow.retryDelay) });
      before.set(flowRunId, attempt);
      return Promise.resolve({ retryAt: null, state: toState(proposal, clock()) });
    },
    onlyWaits() {},
    rename: () => Promise.resolve(),
    createChildInProcess({ flow, idempotencyKey }) {
      const flowRunId = children.get(idempotencyKey) ?? newId<FlowRunId>();
      children.set(idempotencyKey, flowRunId);
      return Promise.resolve({ flowRunId, flowRunName: localRunName(flow.name, flowRunId), scheduledStartTime: clock() });
    },
    taskRun() {},
    log({ level, message, timestamp }) {
      const name = Object.entries(logLevels).find(([, number]) => number === level)?.[0] ?? String(level);
      process.stderr.write(`${timestamp.slice(11, 23)} | ${name.toUpperCase().padEnd(7)} | ${message}\n`);
    },
    artifact: (artifact) => currentArtifactPort()?.artifact(artifact) ?? Promise.resolve(newId()),
    updateArtifact: (id, change) => currentArtifactPort()?.updateArtifact(id, change) ?? Promise.resolve(),
    readSecret(name) {
      return Promise.resolve(process.env[secretEnvironmentName(name)]);
    },
    readVariable(name) {
      const text = process.env[variableEnvironmentName(name)];
      return Promise.resolve(text === undefined ? undefined : { value: readVariableText(text) });
    },
    async checkOut(request, aborted) {
      const { checkOutLocally } = await import('./check-out-locally.ts');
      return checkOutLocally(request, aborted);
    },
    get deployments() {
      return currentDeploymentPort() ?? null;
    },
    get pauses() {
      return currentPausePort() ?? null;
    },
  };
}

export function localRunName(name: string, id: FlowRunId): string {
  return `${name}-${id.slice(0, 4)}`;
}

export function toState(proposal: StateProposalInput, timestamp: Timestamp): State {
  return {
    id: newId<StateId>(),
    type: proposal.type,
    name: proposal.name ?? defaultStateName(proposal.type),
    timestamp,
    message: proposal.message ?? null,
    data: proposal.data ?? null,
    state_details: {},
  };
}
