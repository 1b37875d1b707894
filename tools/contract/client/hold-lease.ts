import type { Client } from '../client.ts';
import { isTributaryError, messageOf } from '../error.ts';
import type { Routes } from '../routes.ts';

/** The length of a lease, and callbacks for while it is held. */
export interface LeaseWatch {
  /** the length of the lease; it lapses if it is not renewed in time */
  readonly seconds: number;
  /** Called if the lease has lapsed: others may have the slots now. */
  lost(): void;
  /** Called if a renewal fails for another reason. The renewal is then tried again. */
  late(reason: string): void;
}

/** The part of a lease's length that passes before each renewal. */
const share = 0.75;
/** The part of a lease's length that passes before a failed renewal is retried. */
const retryShare = 0.05;
/** The longest interval that setInterval takes, in milliseconds. */
const longest = 2 ** 31 - 1;

/**
 * Renews a lease until it is lost, or the returned function is called.
 * @param open resolves to the client, which a run host loads when it first needs it
 * @param on.seconds the length of the lease
 * @param first seconds until the first renewal, by default three quarters of `on.seconds`. The default is too long for a lease that the
 * server created, if that lease is shorter than `on.seconds`.
 * @returns a function that stops the renewals
 */
export function holdLease(
  open: () => Promise<Client<Pick<Routes, 'renewLease'>>>,
  id: string,
  on: LeaseWatch,
  first = share * on.seconds,
): () => void {
  const interval = share * on.seconds;
  let retry = first < interval ? setTimeout(() => void renew(), first * 1000).unref() : undefined;
  let isHeld = true;
  const timer = setInterval(() => void renew(), Math.min(interval * 1000, longest));
  timer.unref();
  function stop(): void {
    isHeld = false;
    clearInterval(timer);
    clearTimeout(retry);
  }
  async function renew(): Promise<void> {
    clearTimeout(retry);
    try {
      const client = await open();
      await client.renewLease({
        path: { id },
        body: { lease_duration: on.seconds },
        // A quarter of the lease is left when it is renewed. The request is retried for less time than that.
        patience: (1 - share) * on.seconds * 0.8,
      });
    } catch (error) {
      if (!isHeld) return;
      if (isTributaryError(error) && error.facts.status === 410) {
        stop();
        return on.lost();
      }
      on.late(messageOf(error));
      retry = setTimeout(() => void renew(), retryShare * on.seconds * 1000).unref();
    }
  }
  return stop;
}
