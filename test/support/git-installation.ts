import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { DeploymentId, FlowRunId } from '@tributary/contract';
import type { DeploymentCreate } from '@tributary/contract/nouns/deployment';
import type { State } from '@tributary/contract/nouns/state';

import { openStage, type Stage as GitStage, token } from '../../tools/code/test-support/stage.ts';
import { cloneStep, secretName, standInWorkspace } from './code-stage.ts';
import type { Installation } from './installation.ts';

/** An installation whose workers run code of a Git repository with a stand-in framework. */
export interface GitInstallation<On extends Installation> {
  readonly on: On;
  readonly git: GitStage;
  readonly commit: string;
  /** creates a deployment of the commit */
  deploy(name: string, more?: Partial<DeploymentCreate>): Promise<DeploymentId>;
  trigger(deployment: DeploymentId, parameters?: DeploymentCreate['parameters']): Promise<FlowRunId>;
  statesOf(run: FlowRunId): Promise<State[]>;
  logOf(run: FlowRunId): Promise<string[]>;
}

/** @param install gets the environment that leads the workers to the store of the Git stage */
export async function installWithGit<On extends Installation>(
  onTestFinished: (end: () => Promise<void>) => void,
  install: (environment: Readonly<Record<string, string>>) => Promise<On>,
): Promise<GitInstallation<On>> {
  const git = await openStage(onTestFinished);
  const commit = await git.push(standInWorkspace());
  const on = await install({ TRIBUTARY_CODE_DIR: git.dir });
  onTestFinished(() => on.close());
  mkdirSync(join(on.workspace.home, 'data'), { recursive: true });
  const stored = await on.command(['secret', 'set', secretName], { input: token }).ended;
  if (stored.code !== 0) throw new Error(stored.stderr);
  const { id: flow_id } = (await on.client.createFlow({ body: { name: 'work' } })).data;
  return {
    on,
    git,
    commit,
    async deploy(name, more = {}) {
      const pull_steps = [cloneStep(git.url, commit)];
      const body = { name, flow_id, path: 'ints/one', entrypoint: 'flow.ts:work', work_pool_name: 'tributary', pull_steps, ...more };
      return (await on.client.createDeployment({ body })).data.id;
    },
    trigger: async (id, parameters = { do: 'complete' }) =>
      (await on.client.createFlowRunFromDeployment({ path: { id }, body: { parameters } })).data.id,
    statesOf: async (flow_run_id) =>
      (await on.client.readFlowRunStates({ query: { flow_run_id } })).data.toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1)),
    logOf: async (id) =>
      (await on.client.filterLogs({ body: { logs: { flow_run_id: { any_: [id] } } } })).data.map(({ message }) => message),
  };
}
