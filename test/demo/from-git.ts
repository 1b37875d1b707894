import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { TributaryError } from '@tributary/contract';
import { labelNames } from '@tributary/contract/nouns/label';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { shortHash } from '@tributary/contract/short-hash';

import type { Stops } from '../support/stops.ts';
import { planLines, runCommand } from './command.ts';
import type { DemoEngine } from './stage.ts';
import { runExport, showResult } from './export.ts';
import type { GitWorkspace } from './git-workspace.ts';
import { heading, say } from './say.ts';
import { connectTo } from './watch-run.ts';

/** The name of the secret with the token of the Git server. */
export const tokenName = 'demo-access-token';

interface GitStage {
  readonly engine: DemoEngine;
  readonly workspace: GitWorkspace;
  readonly home: string;
  readonly stops: Stops;
  /** the URL of the API that the export reads */
  readonly api: string;
}

/**
 * Runs the main job from commits of a Git repository: as it is; after a change; from a commit that brings a framework, a dbt and a lockfile of
 * its own; and from the first one again. The worker's folder has no integrations.
 */
export async function mainJobFromGit(stage: GitStage): Promise<void> {
  const { workspace } = stage;
  heading('2. Push the workspace to a Git server that asks for a token, and deploy the commit: npx tributary deploy');
  await command(stage, ['secret', 'set', tokenName], workspace.token);
  const first = await workspace.push('Begin');
  await deploy(stage, first);
  rmSync(join(workspace.root, 'ints'), { recursive: true });
  heading("3. Trigger export/dummyjson_products. ints/ is removed from the worker's folder; the worker fetches the commit");
  await runOnce(stage);

  heading('4. Push a change, 100 products a page instead of 50, and deploy it');
  await workspace.run('git', 'checkout', '-q', '--', 'ints');
  workspace.edit('ints/dummyjson_products/flows/api.ts', 'const pageSize = 50', 'const pageSize = 100');
  await deploy(stage, await workspace.push('Read larger pages'));
  rmSync(join(workspace.root, 'ints'), { recursive: true });
  await runOnce(stage);

  heading('5. A commit that brings another framework, another dbt and another lockfile than the worker has');
  await workspace.run('git', 'checkout', '-q', '--', 'ints');
  await changeEverything(workspace);
  await deploy(stage, await workspace.push('Bring a framework'));
  rmSync(join(workspace.root, 'ints'), { recursive: true });
  await showVersion(stage, await runOnce(stage));

  heading('6. Go back to the first commit: npx tributary deploy --commit');
  await deploy(stage, first, ['--commit', first]);
  const runs = await runOnce(stage);
  const commits = new Set(runs.map(({ labels }) => labels?.[labelNames.codeCommit]));
  if (commits.size !== 1 || !commits.has(first)) throw new TributaryError('internal', 'The runs did not execute the first commit.');

  heading('7. What dbt built, read from DuckDB');
  await showResult(stage.home, runs);
}

/** Changes the framework, dbt and the lockfile. The export imports something that only this framework has. */
async function changeEverything({ edit, run }: GitWorkspace): Promise<void> {
  edit('tools/flow/index.ts', '', "export const edition = 'a framework of its own';\n");
  edit('ints/dummyjson_products/flows/api.ts', 'import { flow,', 'import { edition, flow,');
  edit('ints/dummyjson_products/flows/api.ts', "'write raw_products.jsonl'", '`write raw_products.jsonl with ${edition}`');
  edit('requirements.txt', 'dbt-core==1.11.16', 'dbt-core==1.11.15');
  await run('npm', 'install', '--package-lock-only', '--ignore-scripts', '--no-audit', '-w', 'ints', 'left-pad@1.3.0');
}

async function deploy(stage: GitStage, commit: string, flags: readonly string[] = []): Promise<void> {
  say(`commit    ${shortHash(commit)} of ${stage.workspace.url}`);
  for (const line of planLines(await command(stage, ['deploy', ...flags]))) say(line);
}

/** Runs the clone's own command, as its user would. */
function command({ engine, workspace, stops }: GitStage, args: readonly string[], input = ''): Promise<string> {
  return runCommand(args, { root: workspace.root, environment: { ...engine.environment, ...workspace.environment }, input, stops });
}

async function runOnce({ engine, api, stops }: GitStage): Promise<FlowRun[]> {
  const runs = await runExport(engine, api, stops);
  for (const { name, labels } of runs)
    say(`${name} executed commit ${shortHash(String(labels?.[labelNames.codeCommit]))}, tree ${String(labels?.[labelNames.codeTree])}`);
  return runs;
}

/** Shows which dbt ran. */
async function showVersion({ engine }: GitStage, runs: readonly FlowRun[]): Promise<void> {
  const any_ = runs.map(({ id }) => id);
  const { data: lines } = await connectTo(engine).filterLogs({ body: { logs: { flow_run_id: { any_ } }, limit: 200, offset: 0 } });
  const line = lines.find(({ message }) => message.includes('Running with dbt='));
  if (!line?.message.includes('dbt=1.11.15'))
    throw new TributaryError('internal', `The commit's own dbt 1.11.15 did not run: ${line?.message ?? 'no line names a dbt'}.`);
  say(line.message);
}
