import { isTributaryError, messageOf } from '@tributary/contract/error';

import type { Settings } from '../settings.ts';

export interface Outage {
  failed(loop: 'poll' | 'heartbeat', error: unknown): void;
  succeeded(loop: 'poll' | 'heartbeat'): void;
  /** seconds for which all heartbeats have been answered */
  inTouch(): number;
}

/** Says once that the server is not to be had, however many loops notice, and once that it is back; a refused credential at any time. */
export function createOutage({ api, log }: Pick<Settings, 'api' | 'log'>): Outage {
  const failing = new Set<string>();
  let refused = false;
  let since = performance.now();
  return {
    failed(loop, error) {
      if (loop === 'heartbeat') since = performance.now();
      const isRefused = isTributaryError(error, 'unauthorized');
      if (failing.size === 0 || (isRefused && !refused))
        log(`${sentence(error, api.credential?.variable)} The worker keeps trying; runs that have begun go on.`);
      refused ||= isRefused;
      failing.add(loop);
    },
    succeeded(loop) {
      if (!failing.delete(loop) || failing.size > 0) return;
      refused = false;
      log('The server answers again.');
    },
    inTouch: () => (performance.now() - since) / 1000,
  };
}

function sentence(error: unknown, variable: string | undefined): string {
  const reason = messageOf(error).replace(/\.?$/, '.');
  if (isTributaryError(error, 'unreachable')) return `The server is away: ${reason}`;
  if (!isTributaryError(error, 'unauthorized')) return `The server gives no work: ${reason}`;
  return variable === undefined
    ? `The server asks for a credential now, and this worker was started without one. ${reason}`
    : `The server refuses the credential in ${variable} now. ${reason}`;
}
