import { forgetExpired, keepRequests } from '../store/limits/requests.ts';
import { type Service, type ServiceOptions, startLoop } from './loop.ts';

/** When the server is back, a host repeats its requests for up to 10 minutes. Its worker then repeats them for another 10. */
const graceSeconds = 1200;
/** Rows deleted in one transaction, so that other requests need not wait long. */
const batch = 5000;

/** Deletes the answers to requests that no client repeats any more. */
export function startRequests({ write, ...options }: ServiceOptions): Service {
  let started = false;
  return startLoop('requests', options, async () => {
    // No client could repeat a request while the server was down.
    if (!started) await write((tx) => keepRequests(tx, tx.now() + graceSeconds * 1e6));
    started = true;
    while ((await write((tx) => forgetExpired(tx, batch))) === batch);
  });
}
