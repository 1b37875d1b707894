import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { JsonObject } from '@tributary/contract/json';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { placeholderFor, stepKinds } from '@tributary/contract/pull-step';
import type { Feature } from '@tributary/contract/routes/admin';
import type { StoreOptions } from '@tributary/code';
import type { Worker, WorkerOptions } from '@tributary/worker';

import { openStage as openGitStage, type Stage as GitStage, token } from '../../tools/code/test-support/stage.ts';
import { openStage as openWorkerStage, type Stage as WorkerStage } from '../../tools/worker/test-support/stage.ts';

const fixture = readFileSync(join(import.meta.dirname, '../../tools/worker/test-support/host-fixture.ts'), 'utf8');

/** A workspace with one integration, and a framework that has only the stand-in for a run host. */
export function standInWorkspace(framework = 'one'): Record<string, string | object> {
  const root = { name: 'data', workspaces: ['ints', 'tools/*'] };
  const ints = { name: 'ints', dependencies: { '@tributary/flow': '*' } };
  const flow = { name: '@tributary/flow', version: '0.1.0' };
  return {
    'package.json': { ...root, private: true },
    'package-lock.json': {
      ...root,
      lockfileVersion: 3,
      requires: true,
      packages: {
        '': root,
        ints,
        'node_modules/@tributary/flow': { resolved: 'tools/flow', link: true },
        'node_modules/ints': { resolved: 'ints', link: true },
        'tools/flow': flow,
      },
    },
    'ints/package.json': { ...ints, private: true },
    'ints/one/flow.ts': 'export const work = 1;\n',
    'tools/flow/package.json': { ...flow, type: 'module', exports: { './host': './host.ts' } },
    'tools/flow/host.ts': `${fixture}// ${framework}\n`,
  };
}

/** How many seconds a test waits: git and npm are slow when both cores are busy. */
const patience = 50;

/** A fake server, its workers, a store of code, and a Git server with one repository. */
export interface CodeStage extends WorkerStage {
  readonly git: GitStage;
  /** commits and pushes files @param framework another text is another framework @returns the commit */
  push(files?: Readonly<Record<string, string | object>>, framework?: string): Promise<string>;
  /** adds a deployment whose code is cloned at a commit, with a token @param clone replaces settings of the step */
  deploy(commit: string | null, clone?: object): Deployment;
  workFromGit(options?: Partial<WorkerOptions>, store?: Partial<StoreOptions>): Promise<Worker>;
  /** the lines in a run's log */
  logged(run: string): string[];
}

export const secretName = 'github-access-token';

/** The pull step that clones the integration of {@link standInWorkspace}. @param more replaces settings */
export function cloneStep(repository: string, commit_sha: string | null, more: object = {}): JsonObject {
  const settings = { repository, commit_sha, directories: ['ints/one'], access_token: placeholderFor(secretName), ...more };
  return { [stepKinds.gitClone]: settings };
}

/** @param features what the fake server announces; none for a plain Prefect server */
export async function openCodeStage(onTestFinished: (end: () => Promise<void>) => void, features?: Feature[]): Promise<CodeStage> {
  const git = await openGitStage(onTestFinished);
  const stage = await openWorkerStage(onTestFinished, features, patience);
  const { server } = stage;
  server.secrets.set(secretName, token);
  return {
    ...stage,
    git,
    push: (files = {}, framework = 'one') => git.push({ ...standInWorkspace(framework), ...files }),
    deploy: (commit, clone = {}) => server.addDeployment({ path: 'ints/one', pull_steps: [cloneStep(git.url, commit, clone)] }),
    workFromGit: (options = {}, store = {}) => stage.work({ openStore: () => git.open(store), ...options }),
    logged: (run) => server.logs.filter(({ flow_run_id }) => flow_run_id === run).map(({ message }) => message),
  };
}
