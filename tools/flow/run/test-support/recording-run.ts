import type { LogCreate } from '@tributary/contract/nouns/log';

import { type FlowLike, flowOf } from '../flow-definition.ts';
import type { EnginePort, TaskRunReport } from '../engine-port.ts';
import { createLocalPort } from '../local/local-port.ts';
import { startLocally } from '../local/local-run.ts';
import { type FlowOutcome, runFlow } from '../run-flow.ts';
import type { RunStart } from '../run-info.ts';

/** Records what flow runs report, in order. */
export interface Recording {
  readonly reports: TaskRunReport[];
  readonly logs: LogCreate[];
  readonly port: EnginePort;
  readonly cancel: (reason: unknown) => void;
  start(flow: FlowLike, parameters?: Record<string, unknown>, facts?: Partial<RunStart>): Promise<FlowOutcome>;
  /** @returns the names of the states that a task run went through */
  statesOf(name: string): string[];
  lines(): string[];
}

/** Creates a port for flows that run as in a run host. It decides retries as the local port does, and records all reports and logs. */
export function record(changes: Partial<EnginePort> = {}): Recording {
  const reports: TaskRunReport[] = [];
  const logs: LogCreate[] = [];
  const controller = new AbortController();
  const local = createLocalPort(controller.signal);
  const kept: Partial<EnginePort> = {
    served: true,
    taskRun: (report) => void reports.push(report),
    log: (line) => void logs.push(line),
    ...changes,
  };
  // Descriptors are copied because the local port has getters.
  const port: EnginePort = Object.defineProperties(local, Object.getOwnPropertyDescriptors(kept));
  return {
    reports,
    logs,
    port,
    cancel: (reason) => controller.abort(reason),
    start(flow, parameters = {}, facts = {}) {
      const definition = flowOf(flow);
      if (!definition) throw new Error('not a flow');
      return runFlow(definition, parameters, port, { ...startLocally(definition.name), ...facts });
    },
    statesOf: (name) => reports.filter(({ task_run }) => task_run.name === name).map(({ state }) => state.name),
    lines: () => logs.map(({ message }) => message),
  };
}
