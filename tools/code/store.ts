import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { messageOf } from '@tributary/contract/error';
import { createGate } from '@tributary/contract/gate';
import { once } from '@tributary/contract/once';
import { checkRef, checkRepository } from '@tributary/contract/repository';

import { checkCode, type Code, nameOf } from './code.ts';
import { copyCode, type CopiedCode } from './copy/copy-code.ts';
import { removeLeftFolders } from './copy/own-folder.ts';
import { confirmCommit } from './fetch/confirm-commit.ts';
import { resolveRef } from './fetch/resolve-ref.ts';
import { withObjects } from './fetch/with-objects.ts';
import type { Caller } from './hold/acquire.ts';
import { folders } from './hold/layer.ts';
import { withinLimit } from './hold/pick-removal.ts';
import { prune } from './hold/prune.ts';
import { createFlights } from './hold/share-flight.ts';
import { makeCode } from './make-code.ts';
import { chooseFolder } from './place/choose-folder.ts';
import { chooseLimit } from './place/choose-limit.ts';
import { explainDisk, explainingDisk } from './place/explain-disk.ts';
import { prepareFolder } from './place/prepare-folder.ts';
import { commitKey, isWhole, readCommit } from './tree/commits.ts';
import { type HeldCode, holdCode } from './tree/hold-code.ts';

export interface StoreOptions {
  /** the store's folder @default `TRIBUTARY_CODE_DIR`, otherwise one in the user's cache folder */
  readonly dir?: string;
  /** the worker's environment: where git and npm are, proxies, and what the .npmrc of a commit names */
  readonly env: NodeJS.ProcessEnv;
  /** how large the store may become, in bytes @default `TRIBUTARY_CODE_LIMIT` in GB, otherwise 10 GB */
  readonly limit?: number;
  /** how long to try a server that is away or busy, in seconds @default 120 */
  readonly patience?: number;
  /** a transfer that is slower than 1 kB/s for so many seconds is given up, and tried again @default 30 */
  readonly stallSeconds?: number;
}

export interface TakeOptions extends Partial<Caller> {
  /** an access token for the repository */
  readonly token?: string | undefined;
}

export interface Store {
  readonly dir: string;
  /** True if code is there. Looks at a few files only, and never asks a server. @throws `misuse` if the code can't be named so */
  look(code: Code): boolean;
  /**
   * Takes code out of the store, and fetches and installs first what isn't there.
   * @throws the signal's reason once it is aborted; an error that {@link isTemporary} if the server is away or busy; other errors with what
   * to do
   */
  take(code: Code, options?: TakeOptions): Promise<HeldCode>;
  /**
   * Copies all files of a commit into a folder of its own, and fetches first what isn't there. Nothing is installed.
   * @param options.name how the folder's name begins
   * @throws as `take` does
   */
  copy(code: Pick<Code, 'repository' | 'commit'>, options: TakeOptions & { readonly name: string }): Promise<CopiedCode>;
  /**
   * Asks the server which commit a branch or a tag is at.
   * @throws as `take` does; `misuse` if the ref can't be a name; `not_found` if the repository has no such branch or tag
   */
  resolve(repository: string, ref: string, options?: TakeOptions): Promise<string>;
  /**
   * Asks the server whether any worker could fetch a commit, and whether a branch or a tag of the repository reaches it. What this machine has
   * doesn't count.
   * @throws as `take` does; `not_found` if the server doesn't have the commit; `misuse` with the fact `unreached` if no branch or tag reaches it,
   * as with a commit of a fork
   */
  confirm(code: Pick<Code, 'repository' | 'commit'>, options?: TakeOptions): Promise<void>;
}

/** Opens the store of code on this machine. Several processes may use it at the same time. @throws if the folder can't be used */
export function openStore({ dir, env, limit = chooseLimit(env), patience = 120, stallSeconds = 30 }: StoreOptions): Store {
  const store = prepareStore(dir ?? chooseFolder(env));
  const storing = <Result>(work: () => Promise<Result>): Promise<Result> =>
    explainingDisk(() => {
      // Somebody may have removed the store since: it is a cache.
      prepareStore(store);
      return work();
    });
  // What can't be removed now is removed by the next process.
  removeLeftFolders(store).catch(() => undefined);
  const flights = createFlights<void>();
  const questions = createFlights<string>();
  const gateOf = once((_repository: string) => createGate(1));
  const optionsOf = ({ token, signal = new AbortController().signal, tell = () => undefined }: TakeOptions) => ({
    store,
    gateOf,
    env,
    patience,
    stallSeconds,
    // A file with a token ends with a line break.
    token: token?.trim(),
    signal,
    tell,
  });
  const take = async (wanted: Code, asked: TakeOptions): Promise<HeldCode> => {
    const code = checkCode(wanted);
    const options = optionsOf(asked);
    const { signal, tell, token } = options;
    for (;;) {
      signal.throwIfAborted();
      const held = holdCode(store, code);
      if (held) return held;
      await flights.join(`${commitKey(code)} ${token ?? ''}`, { signal, tell }, async (caller) => {
        await storing(() => makeCode(code, { ...options, ...caller }));
        await prune(store, withinLimit(limit, Date.now())).catch((error: unknown) =>
          caller.tell(`The code store can't be cleaned up: ${messageOf(error)}.`),
        );
      });
    }
  };
  return {
    dir: store,
    look: (code) => isWhole(store, readCommit(store, commitKey(checkCode(code)))),
    take: (code, options = {}) => take(code, options),
    async copy({ repository, commit }, options) {
      const held = await take({ repository, commit, directories: [], filesOnly: true }, options);
      try {
        const { name, signal = new AbortController().signal } = options;
        return await explainingDisk(() => copyCode(store, held.root, { env, signal, name }));
      } finally {
        held.release();
      }
    },
    async resolve(url, ref, asked = {}) {
      const repository = checkRepository(url);
      const name = checkRef(ref);
      const options = optionsOf(asked);
      const gate = gateOf(repository);
      const what = `resolving ${ref} of ${repository}`;
      // Those who ask at the same time share an answer.
      return questions.join(`${repository} ${name} ${options.token ?? ''}`, options, (caller) =>
        storing(() => {
          const all = { ...options, ...caller, gate };
          return withObjects(repository, what, all, (folder, lock) => resolveRef(repository, name, folder, lock, all));
        }),
      );
    },
    async confirm(wanted, asked = {}) {
      const { repository, commit } = checkCode({ ...wanted, directories: [] });
      // Its folder isn't that of the repository: there, commits are held whose ancestors weren't fetched.
      const key = `confirm ${repository}`;
      const options = { ...optionsOf(asked), gate: gateOf(key) };
      const what = `confirming ${nameOf({ repository, commit })}`;
      await storing(() => withObjects(key, what, options, (folder, lock) => confirmCommit({ repository, commit }, folder, lock, options)));
    },
  };
}

/** Creates the store with its folders. @returns its real path */
function prepareStore(folder: string): string {
  const store = prepareFolder(folder, folders);
  try {
    for (const name of folders) mkdirSync(join(store, name), { recursive: true });
  } catch (error) {
    throw explainDisk(error);
  }
  return store;
}
