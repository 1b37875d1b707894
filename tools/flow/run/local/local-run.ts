import { join, resolve } from 'node:path';

import { type FlowRunId, newId } from '@tributary/contract/id';

import { homeOf, seekRoot } from '../../engine/find-root.ts';
import { Activity } from '../activity.ts';
import { FlowAttempt } from '../flow-attempt.ts';
import { numberCalls } from '../children/call-numbers.ts';
import { currentContext, type RunContext } from '../context.ts';
import { createLocalPort, localClock, localRunName, toState } from './local-port.ts';
import { integrationOf, type Origin } from '../origin.ts';
import type { RunStart } from '../run-info.ts';

/** @returns the facts of a new run without a server */
export function startLocally(name: string): RunStart {
  const flowRunId = newId<FlowRunId>();
  const cwd = process.cwd();
  return {
    flowRunId,
    flowRunName: localRunName(name, flowRunId),
    deployment: null,
    scheduledStartTime: localClock(),
    tags: [],
    cwd,
    dataDir: localDataDir(cwd, process.env),
    code: null,
  };
}

/** @returns the folder `data` in TRIBUTARY_HOME, or else in `.tributary` beside nx.json, or else in the working directory's `.tributary` */
function localDataDir(cwd: string, env: NodeJS.ProcessEnv): string {
  return join(homeOf(seekRoot(cwd) ?? resolve(cwd), env), 'data');
}

/**
 * Finds the context of the calling code. Outside a flow, this creates a context, so that a task can be called as a plain function too.
 * @param origin the origin of the task that is called
 */
export function contextOrLocal(name: string, origin: Origin | null = null): RunContext {
  const context = currentContext();
  if (context) return context;
  const port = createLocalPort();
  const start = startLocally(name);
  return {
    port,
    run: { ...start, attempt: 1, parameters: {}, signal: port.signal },
    flowName: name,
    attempt: new FlowAttempt(toState({ type: 'RUNNING' }, port.clock())),
    activity: new Activity({ moved() {} }),
    calls: numberCalls(),
    task: null,
    parent: null,
    integration: () => integrationOf(origin, start.cwd),
  };
}
