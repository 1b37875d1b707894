import type { Code, CopiedCode, Store } from '@tributary/code';
import { isTributaryError, messageOf } from '@tributary/contract/error';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { once } from '@tributary/contract/once';
import { checkRef, checkRepository } from '@tributary/contract/repository';
import { checkoutErrors, type HostCommand, type HostReport } from '@tributary/contract/ticket';

import type { Context } from '../context.ts';
import { readToken } from '../fetch/read-token.ts';
import type { RunLogs } from '../report/post-logs.ts';
import type { RunCheckouts } from '../watch/follow.ts';
import { keepCommits } from './keep-commits.ts';

type Asked = Extract<HostReport, { type: 'checkout' }>;

/** The repositories that one run checks out. */
export interface Checkouts extends RunCheckouts {
  /** Removes all folders, once the host has exited. */
  close(): Promise<void>;
}

/**
 * Checks out repositories for a run. The worker does it for the host, so that no token enters the process of user code.
 * @param run the run as it was claimed, with the labels of its earlier attempts
 */
export function serveCheckouts({ settings, store: open, giveUp }: Context, run: FlowRun, logs: RunLogs): Checkouts {
  const stopped = new AbortController();
  const signal = AbortSignal.any([stopped.signal, giveUp]);
  const copies: CopiedCode[] = [];
  const underway = new Set<Promise<HostCommand>>();
  const tell = (line: string): void => logs.line('tributary.worker', 'info', line);
  const commits = keepCommits(settings, run, signal);

  async function checkOut({ id, token: secret, ...asked }: Asked): Promise<HostCommand> {
    // User code may write to the channel itself. A URL with a password must not get into a label.
    const [repository, ref] = [checkRepository(asked.repository), checkRef(asked.ref)];
    const store = await open();
    const readSecret = once((name: string | null) =>
      name === null ? Promise.resolve(undefined) : readToken(settings, name, 'checkout()', signal),
    );
    const commit = await commits.find({ repository, ref }, async () =>
      store.resolve(repository, ref, { token: await readSecret(secret), signal, tell }),
    );
    const options = { signal, tell, name: run.id };
    const copy =
      (await copyKnown(store, { repository, commit }, options)) ??
      (await store.copy({ repository, commit }, { ...options, token: await readSecret(secret) }));
    copies.push(copy);
    return { type: 'checked out', id, dir: copy.dir, commit };
  }

  return {
    serve(asked) {
      const answer = checkOut(asked).catch((error: unknown): HostCommand => {
        return { type: 'checkout failed', id: asked.id, code: codeOf(error), message: messageOf(error) };
      });
      underway.add(answer);
      void answer.then(() => underway.delete(answer));
      return answer;
    },
    stop: (reason) => stopped.abort(new Error(reason)),
    async close() {
      stopped.abort(new Error("The run's process has exited."));
      await Promise.all(underway);
      await Promise.all(copies.map((copy) => copy.remove()));
    },
  };
}

/**
 * Copies a commit out of the store without asking for its token.
 * @returns undefined if the commit isn't there, or has just been removed from the store
 */
async function copyKnown(
  store: Store,
  code: Pick<Code, 'repository' | 'commit'>,
  options: Parameters<Store['copy']>[1] & { readonly signal: AbortSignal },
): Promise<CopiedCode | undefined> {
  if (!store.look({ ...code, directories: [], filesOnly: true })) return undefined;
  return store.copy(code, options).catch(() => {
    options.signal.throwIfAborted();
    return undefined;
  });
}

function codeOf(error: unknown): (typeof checkoutErrors)[number] {
  return checkoutErrors.find((code) => isTributaryError(error, code)) ?? 'crashed';
}
