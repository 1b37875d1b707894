import type { Engine } from '@tributary/flow/engine';

/** Milliseconds between two polls: short for a server on this machine, longer for others. */
const intervals = { loopback: 250, remote: 1000, prefect: 2000 } as const;

export function intervalFor({ url, kind }: Pick<Engine, 'url' | 'kind'>): number {
  if (kind === 'prefect') return intervals.prefect;
  return /^(127\.|localhost$|\[::1\]$)/.test(new URL(url).hostname) ? intervals.loopback : intervals.remote;
}
