import { TributaryError } from '@tributary/contract/error';
import type { HostCommand, Ticket } from '@tributary/contract/ticket';

import type { EnginePort } from '../run/engine-port.ts';
import type { Channel } from './channel.ts';

type Answer = Extract<HostCommand, { type: 'checked out' | 'checkout failed' }>;

/** The checkouts that this process has asked its worker for. */
export interface Checkouts {
  readonly checkOut: EnginePort['checkOut'];
  /** Takes the worker's answer. An answer that nobody waits for any more is ignored. */
  settle(answer: Answer): void;
  /** Removes the folders in place of a worker that has exited. */
  remove(): void;
}

/** Asks the worker for checkouts, because the worker reads their tokens: no token enters the process of user code. */
export function askForCheckouts(channel: Pick<Channel, 'send'>, { version }: Pick<Ticket, 'version'>): Checkouts {
  const asked = new Map<number, (answer: Answer) => void>();
  const folders: string[] = [];
  let count = 0;
  return {
    async checkOut({ repository, ref, token }, signal) {
      if (version < 3)
        throw new TributaryError(
          'unsupported',
          `The worker of this run is older than checkout(). Update the worker's workspace, start the worker again, and retry the run.`,
        );
      signal.throwIfAborted();
      const id = (count += 1);
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      const leave = (): void => reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      asked.set(id, resolve);
      channel.send({ type: 'checkout', id, repository, ref, token });
      try {
        const answer = await promise;
        if (answer.type === 'checkout failed') throw new TributaryError(answer.code, answer.message);
        return { dir: answer.dir, commit: answer.commit };
      } finally {
        signal.removeEventListener('abort', leave);
        asked.delete(id);
      }
    },
    settle(answer) {
      if (answer.type === 'checked out') folders.push(answer.dir);
      asked.get(answer.id)?.(answer);
    },
    remove() {
      const { rmSync } = process.getBuiltinModule('node:fs');
      for (const folder of folders)
        try {
          rmSync(folder, { recursive: true, force: true });
        } catch {
          // User code has made it unremovable. The next worker that starts tries again.
        }
    },
  };
}
