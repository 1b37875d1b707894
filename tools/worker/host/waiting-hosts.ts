import { messageOf } from '@tributary/contract/error';

import type { HostSource } from './resolve-host.ts';
import type { RunHost } from './run-host.ts';

export interface WaitingHostsOptions {
  /** how many wait at most, for all work trees together */
  readonly size: number;
  readonly start: (source: HostSource) => RunHost;
  /** whether runs are executing: a new host then keeps out of their way at first */
  readonly isBusy: () => boolean;
  readonly log: (message: string) => void;
}

/** Hosts started in advance. */
export interface WaitingHosts {
  /** begins to fill up for a work tree */
  want(source: HostSource): void;
  /** @returns a host that is ready; undefined when none of the source's waits */
  take(source: HostSource): RunHost | undefined;
  /** a run ended: there is time to fill up again */
  refill(): void;
  /** ends them all */
  close(): Promise<void>;
}

/** A run that was just handed over begins undisturbed for so long. */
const quietMilliseconds = 250;
/** A waiting host that dies sooner than this counts as a failure to start. */
const quickMilliseconds = 5_000;
const mostFailures = 3;

export function createWaitingHosts({ size, start, isBusy, log }: WaitingHostsOptions): WaitingHosts {
  const waiting: { readonly source: HostSource; readonly host: RunHost }[] = [];
  /** those that wait and those that start, not those that were taken */
  const owned = new Set<RunHost>();
  let wanted: HostSource | undefined;
  let timer: NodeJS.Timeout | undefined;
  let starting = false;
  let closed = false;
  let failures = 0;
  /** sources whose hosts keep dying, by key */
  const hopeless = new Set<string>();

  const fillAfter = (milliseconds: number): void => {
    if (closed || starting || size === 0) return;
    clearTimeout(timer);
    timer = setTimeout(() => void fill(), milliseconds);
  };

  async function fill(): Promise<void> {
    const source = wanted;
    if (closed || starting || !source || hopeless.has(source.key)) return;
    retire(({ source: other }) => other.file === source.file && other.key !== source.key);
    if (waiting.length >= size) {
      const spare = waiting.find((other) => other.source.key !== source.key);
      if (!spare || waiting.some((other) => other.source.key === source.key)) return;
      retire((other) => other === spare);
    }
    starting = true;
    const began = performance.now();
    const host = start(source);
    owned.add(host);
    void host.ended.then(() => lost(host, began));
    await host.ready.then(
      () => void (closed || waiting.push({ source, host })),
      (error: unknown) => failed(source, messageOf(error)),
    );
    starting = false;
    fillAfter(delay());
  }

  /** Counted as a failure when it was still waiting, or never got so far. */
  function lost(host: RunHost, began: number): void {
    owned.delete(host);
    const index = waiting.findIndex((other) => other.host === host);
    const [gone] = index < 0 ? [] : waiting.splice(index, 1);
    if (closed || !gone) return;
    if (performance.now() - began < quickMilliseconds) failed(gone.source, 'it ended while it waited');
    fillAfter(Math.max(delay(), 1_000));
  }

  function failed(source: HostSource, reason: string): void {
    failures += 1;
    if (closed || failures < mostFailures || hopeless.has(source.key)) return;
    hopeless.add(source.key);
    log(
      `${mostFailures} run hosts in a row died before they got a run: ${reason} Until the code in ${source.root} changes, hosts are started when a run comes.`,
    );
  }

  const delay = (): number => (failures > 0 ? 1_000 * 2 ** (failures - 1) : isBusy() ? quietMilliseconds : 0);

  function retire(match: (entry: (typeof waiting)[number]) => boolean): void {
    for (const entry of waiting.filter(match)) {
      waiting.splice(waiting.indexOf(entry), 1);
      entry.host.signal('SIGKILL');
    }
  }

  return {
    want(source) {
      wanted = source;
      fillAfter(0);
    },
    take(source) {
      if (wanted?.key !== source.key) failures = 0;
      wanted = source;
      const index = waiting.findIndex((other) => other.source.key === source.key && other.host.isAlive());
      const [taken] = index < 0 ? [] : waiting.splice(index, 1);
      if (taken) {
        failures = 0;
        owned.delete(taken.host);
      }
      fillAfter(Math.max(delay(), quietMilliseconds));
      return taken?.host;
    },
    refill: () => fillAfter(delay()),
    async close() {
      closed = true;
      clearTimeout(timer);
      for (const host of owned) host.signal('SIGKILL');
      await Promise.all([...owned].map((host) => host.ended));
    },
  };
}
