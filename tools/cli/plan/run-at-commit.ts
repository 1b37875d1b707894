import { join } from 'node:path';

import { openClone, openStore } from '@tributary/code';
import { TributaryError } from '@tributary/contract/error';
import { shortHash } from '@tributary/contract/short-hash';
import { findRoot, homeOf } from '@tributary/flow/engine';
import { carrySettings, compareCommit, type LocatedCommit, locateCommit, type Verb } from '@tributary/plan';

import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { commitArguments, optionsIn } from './commit-arguments.ts';
import { type CommitCommand, readHelp, runCommand } from './commit-command.ts';
import { describeRollback } from './describe-rollback.ts';
import type { PlanOptions } from './plan-options.ts';
import { variableFiles } from './set-variables.ts';

/** The packages of a commit that plan and deploy. */
const [cli, planner] = ['@tributary/cli', '@tributary/plan'];

/** How long to try a repository's server that is away or busy, in seconds. */
const patience = 30;

/**
 * Plans or deploys a commit by its own framework, as a worker would get the commit: fetched from its repository, with the packages of its own
 * lockfile. Where it is deployed to, and where workers fetch it from, is what the workspace says today.
 * @returns the exit code of the commit's own command
 */
export async function runAtCommit(call: Call, verb: Verb, names: readonly string[], name: string, options: PlanOptions): Promise<number> {
  const args = commitArguments(call, verb, names, options);
  const { env, out } = call;
  const root = findRoot(call.cwd);
  const { engine } = await openEngine(call, verb === 'deploy' ? 'write' : 'read');
  const located = await locateCommit({ root, name, engine, env });
  const { repository, commit, token, history } = located;
  const links = new Map(variableFiles.map((file) => [file, join(root, file)]));
  const given = { env, token, patience, packages: [cli, planner], history, links, tell: out.note };
  const store = openStore({ env, patience });
  // The commit's own code plans, with the credentials of the engine. GitHub also serves the commits of forks, which anybody may write.
  await store.confirm({ repository, commit }, { token, tell: out.note });
  const clone = await openClone(store, { repository, commit }, given);
  try {
    const folder = clone.folders.get(cli);
    if (folder === undefined || !clone.folders.has(planner))
      throw tooOld(located, 'it is from before a workspace owned its deployments, so its framework has no plan');
    // The engine's home is that of this workspace, also for the commit's command.
    const environment = { ...env, TRIBUTARY_HOME: homeOf(root, env) };
    const command: CommitCommand = { file: join(folder, 'bin.mjs'), cwd: clone.root, env: environment };
    const help = await readHelp(command, verb);
    const lacking = optionsIn(args).find((option) => !new RegExp(`(?<![\\w-])${option}(?![\\w-])`).test(help));
    if (lacking !== undefined) throw tooOld(located, `its command "${verb}" has no option ${lacking}`);
    await carrySettings(root, clone.root);
    for (const line of describeRollback(located, await compareCommit({ root, commitRoot: clone.root, engine, env }), names)) out.note(line);
    return await runCommand(command, args, call.process);
  } finally {
    await clone.release();
  }
}

function tooOld({ commit }: LocatedCommit, reason: string): TributaryError {
  const short = shortHash(commit);
  return new TributaryError(
    'unsupported',
    `Commit ${short} can't be deployed by --commit, because ${reason}. Give --commit a newer commit; or check it out and deploy it from there: ` +
      `git worktree add ../${short} ${short}, and in that folder: npm run setup, npx tributary deploy.`,
  );
}
