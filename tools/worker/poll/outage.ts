import { isTributaryError, messageOf } from '@tributary/contract/error';

export interface Outage {
  failed(loop: string, error: unknown): void;
  succeeded(loop: string): void;
}

/** Says once that the server is not to be had, however many loops notice, and once that it is back. */
export function createOutage(log: (message: string) => void): Outage {
  const failing = new Set<string>();
  return {
    failed(loop, error) {
      const away = isTributaryError(error, 'unreachable') ? 'The server is away: ' : 'The server gives no work: ';
      if (failing.size === 0) log(`${away}${messageOf(error).replace(/\.?$/, '.')} The worker keeps trying; runs that have begun go on.`);
      failing.add(loop);
    },
    succeeded(loop) {
      if (failing.delete(loop) && failing.size === 0) log('The server answers again.');
    },
  };
}
