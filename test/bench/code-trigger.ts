import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { DeploymentId } from '@tributary/contract';
import { baseJobTemplate } from '@tributary/contract/nouns/work-pool';

import { removeFolder } from '../../tools/code/hold/remove-folder.ts';
import { startGitServer } from '../../tools/code/test-support/git-server.ts';
import { cleanEnvironment, tributary } from '../support/process.ts';
import { repository } from '../support/workspace.ts';
import { flowFile, type Stage } from './stage.ts';
import { median } from './statistics.ts';
import type { Row } from './table.ts';
import { trigger } from './trigger.ts';

const [pool, integration] = ['git', 'ints/bench'];

/** Triggers runs whose code from Git is held, and runs of the same flow from the local folder, in turn, each on a worker of its own. */
export async function measureCodeTrigger(stage: Stage, samples: number): Promise<Row> {
  const deployment = await deployFromGit(stage);
  const [held, folder]: [number[], number[]] = [[], []];
  for (let sample = -3; sample < samples; sample += 1) {
    folder.push(await trigger(stage, stage.deployments.prestarted));
    held.push(await trigger(stage, deployment));
  }
  // The first runs fetch, install, and fill the workers' caches.
  const [value, floor] = [median(held.slice(3)), median(folder.slice(3))];
  return { measure: 'trigger to user code from Git, the same code again', value, unit: 'ms', floor, promise: { most: 1.1 } };
}

/** Serves this repository with the flow of the bench, deploys it from its commit, and starts a worker for it. */
async function deployFromGit({ client, environment, stops, workspace }: Stage): Promise<DeploymentId> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-git-'));
  await stops.add(folder, removeFolder);
  const commit = await commitWorkspace(join(folder, 'origin', 'data.git'));
  const server = await stops.add(startGitServer(join(folder, 'origin')), ({ close }) => close());
  await client.createWorkPool({ body: { name: pool, type: 'tributary', base_job_template: baseJobTemplate } });
  const { data: flow } = await client.createFlow({ body: { name: 'bench' } });
  const clone = { repository: `${server.url}/data.git`, commit_sha: commit, directories: [integration] };
  const { data } = await client.createDeployment({
    body: {
      name: pool,
      flow_id: flow.id,
      work_pool_name: pool,
      path: integration,
      entrypoint: 'flows/noop.ts:noop',
      pull_steps: [{ 'prefect.deployments.steps.git_clone': clone }],
    },
  });
  const args = ['worker', 'start', '--pool', pool, '--name', pool, '--limit', '2', '--prestart', '1', '--json'];
  const env = { ...environment, TRIBUTARY_CODE_DIR: join(folder, 'store') };
  const worker = await stops.add(tributary(args, { cwd: workspace.root, env }), (running) => running.stop());
  await worker.printed(/"pool"/);
  return data.id;
}

/** Commits the files of this repository as they are, with one more flow, to a new bare repository. @returns the commit */
async function commitWorkspace(path: string): Promise<string> {
  mkdirSync(path, { recursive: true });
  const own = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_DIR: path, GIT_WORK_TREE: repository };
  const git = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)('git', [...args], { cwd: repository, env: { ...cleanEnvironment(), ...own } })).stdout.trim();
  await git('init', '--quiet');
  writeFileSync(join(path, 'config'), '[core]\n\tbare = false\n[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n');
  const flow = join(path, 'noop.ts');
  writeFileSync(flow, flowFile);
  await git('add', '--all');
  await git('update-index', '--add', '--cacheinfo', `100644,${await git('hash-object', '-w', flow)},${integration}/flows/noop.ts`);
  await git('-c', 'user.name=bench', '-c', 'user.email=bench@example.org', 'commit', '--quiet', '-m', 'bench');
  return git('rev-parse', 'HEAD');
}
