import { type Service, type ServiceOptions, startLoop } from './loop.ts';

/** A host that lives renews its lease within this time after the server is back. */
const graceSeconds = 60;

/** Gives back the slots of leases that nobody renewed. */
export function startLeases(options: ServiceOptions): Service {
  let started = false;
  return startLoop('leases', options, async () => {
    await options.write((tx) => {
      const now = tx.now();
      // Nothing could be renewed while the server was down.
      if (!started) tx.run('UPDATE leases SET expires = ? WHERE expires < ?', now + graceSeconds * 1e6, now + graceSeconds * 1e6);
      if (tx.run('DELETE FROM leases WHERE expires <= ?', now) > 0) tx.wake('work');
    });
    started = true;
  });
}
