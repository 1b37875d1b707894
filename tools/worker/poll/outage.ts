import { isTributaryError, messageOf } from '@tributary/contract/error';

import type { Settings } from '../settings.ts';

export interface Outage {
  failed(loop: 'poll' | 'heartbeat', error: unknown): void;
  succeeded(loop: 'poll' | 'heartbeat'): void;
  /** seconds since a heartbeat last failed, or since the start */
  inTouch(): number;
}

/**
 * Logs the beginning and the end of an outage once each, even though several loops notice them. A refused credential is logged even during
 * an outage.
 */
export function createOutage({ api, log }: Pick<Settings, 'api' | 'log'>): Outage {
  const failing = new Set<string>();
  let refused = false;
  let since = performance.now();
  return {
    failed(loop, error) {
      if (loop === 'heartbeat') since = performance.now();
      const isRefused = isTributaryError(error, 'unauthorized');
      if (failing.size === 0 || (isRefused && !refused))
        log(`${sentence(error, api.credential?.variable)} The worker keeps trying; its active runs continue.`);
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
  if (isTributaryError(error, 'unreachable')) return `The server is unreachable: ${reason}`;
  if (!isTributaryError(error, 'unauthorized')) return `The server answers with an error: ${reason}`;
  return variable === undefined
    ? `The server now requires a credential, and this worker was started without one. ${reason}`
    : `The server now refuses the credential in ${variable}. ${reason}`;
}
