import { forgetExpired, keepRequests } from '../store/limits/requests.ts';
import { type Service, type ServiceOptions, startLoop } from './loop.ts';

/** A client that waits for the server begins its patience anew when that is back: a host's, and then its worker's, of 10 minutes each. */
const graceSeconds = 1200;
/** Rows of one job, so that none holds up the others. */
const atOnce = 5000;

/** Forgets the requests that no client repeats any more. */
export function startRequests({ write, ...options }: ServiceOptions): Service {
  let started = false;
  return startLoop('requests', options, async () => {
    // Nothing could be repeated while the server was down.
    if (!started) await write((tx) => keepRequests(tx, tx.now() + graceSeconds * 1e6));
    started = true;
    while ((await write((tx) => forgetExpired(tx, atOnce))) === atOnce);
  });
}
