import { nextDelay, secondsOf } from '@tributary/contract/client/patience';
import { messageOf, TributaryError } from '@tributary/contract/error';
import { gitEnvironment, hideToken } from '@tributary/contract/git-environment';
import { wait } from '@tributary/contract/wait';

import type { Caller, Lock } from '../hold/acquire.ts';
import { explainFailure, isTemporary, type Target } from './explain-failure.ts';
import { followRename } from './follow-rename.ts';
import { git, type GitResult } from './git.ts';
import { openObjects } from './open-objects.ts';

/** The files of a commit are fetched once they are needed. */
const settings = { 'remote.origin.promisor': 'true', 'remote.origin.partialCloneFilter': 'blob:none' };

/** How a repository is reached. */
export interface RemoteOptions extends Caller {
  readonly env: NodeJS.ProcessEnv;
  readonly token: string | undefined;
  /** how long to try a server that is away or busy, in seconds */
  readonly patience: number;
  readonly stallSeconds: number;
}

/**
 * Runs git on the objects of a repository. It may fetch what it lacks, and is run again while the server is away or busy.
 * @returns what git printed
 * @throws with what to do
 */
export type RunGit = (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<string>;

/**
 * Opens the objects of a repository, so that git can be run on them.
 * @param folder the bare repository
 * @param lock the repository's lock, held alone
 */
export function openRemote(target: Target, folder: string, lock: Lock, options: RemoteOptions): RunGit {
  openObjects(folder);
  const { repository } = target;
  const { token, stallSeconds, signal, tell } = options;
  const hide = hideToken(repository, token);
  let url = repository;
  const runOnce = async (args: readonly string[], more: Readonly<Record<string, string>>): Promise<GitResult> => {
    for (;;) {
      const env = { ...gitEnvironment(options.env, { url, token, stallSeconds, settings }), ...more };
      const result = await git(args, { folder, env, lock, signal });
      const { location, status = 0 } = result.answer ?? {};
      if (result.ok || status < 300 || status > 399) return result;
      // A server may repeat the token in its answer.
      url = followRename(repository, url, location === undefined ? undefined : hide(location));
      tell(`${repository} was renamed to ${url}. Write the new URL where the old one stands: in nx.json, the pull step or the flow.`);
    }
  };
  return async (args, more = {}) => {
    const began = performance.now();
    for (let tries = 0; ; tries += 1) {
      const { ok, output, printed, answer } = await runOnce(args, more);
      if (ok) return output;
      const error = explainFailure(target, { printed: hide(printed), answer, hasToken: token !== undefined });
      if (!isTemporary(error)) throw error;
      const elapsed = (performance.now() - began) / 1000;
      const delay = delayOf(tries, elapsed, options.patience, answer?.retryAfter);
      if (delay === undefined) throw givenUp(error, elapsed, target);
      if (tries === 0) tell(`${messageOf(error)} Trying again for up to ${options.patience} s.`);
      await wait(delay, signal);
    }
  };
}

/** @returns seconds; undefined when the patience is over */
function delayOf(tries: number, elapsed: number, patience: number, asked: string | undefined): number | undefined {
  const retryAfter = secondsOf(asked, Date.now());
  // The first wait is 0.2 s: a server that is busy with many runs should not get all of them again at once.
  return nextDelay({ tries: tries + 2, elapsed, patience, longest: 15, retryAfter, random: Math.random() });
}

function givenUp(error: TributaryError, elapsed: number, { name }: Target): TributaryError {
  return new TributaryError(error.code, `${messageOf(error)} Tried for ${Math.round(elapsed)} s to get ${name}.`, { facts: error.facts });
}
