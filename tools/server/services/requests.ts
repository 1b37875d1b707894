import type { Transaction } from '../store/write.ts';
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
    if (!started) await write((tx) => lengthen(tx, tx.now() + graceSeconds * 1e6));
    started = true;
    while ((await write((tx) => tx.run(forgetOldest, tx.now(), atOnce))) === atOnce);
  });
}

function lengthen(tx: Transaction, until: number): void {
  tx.run('UPDATE requests SET expires = ? WHERE expires < ?', until, until);
}

const forgetOldest = 'DELETE FROM requests WHERE rowid IN (SELECT rowid FROM requests WHERE expires <= ? LIMIT ?)';
