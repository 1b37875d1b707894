import { messageOf } from '@tributary/contract/error';

import type { HostSource } from './resolve-host.ts';
import type { RunHost } from './run-host.ts';

export interface WaitingHostsOptions {
  /** the most hosts that wait, for all work trees together */
  readonly size: number;
  readonly start: (source: HostSource) => RunHost;
  /** whether runs are executing; a new host then starts a moment later, so that it doesn't slow the runs down */
  readonly isBusy: () => boolean;
  readonly log: (message: string) => void;
}

/** Run hosts that are started in advance and wait for a run. */
export interface WaitingHosts {
  /** starts hosts for a work tree, up to `size` */
  want(source: HostSource): void;
  /** @returns a host that is ready, else the one that is starting; undefined if there is no host of this source */
  take(source: HostSource): RunHost | undefined;
  /** starts hosts again after a run has ended */
  refill(): void;
  /** ends all waiting hosts */
  close(): Promise<void>;
}

/** After a host was taken, no other host starts for this many milliseconds, so that the run can start undisturbed. */
const quietMilliseconds = 250;
/** A waiting host that dies within this time counts as a failure to start. */
const quickMilliseconds = 5_000;
const mostFailures = 3;

interface WaitingHost {
  readonly source: HostSource;
  readonly host: RunHost;
}

export function createWaitingHosts({ size, start, isBusy, log }: WaitingHostsOptions): WaitingHosts {
  const waiting: WaitingHost[] = [];
  /** hosts that wait or start; hosts that were taken aren't in this set */
  const owned = new Set<RunHost>();
  let wanted: HostSource | undefined;
  let releaseWanted: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let starting: WaitingHost | undefined;
  let closed = false;
  let failures = 0;
  /** keys of the sources whose hosts keep dying */
  const hopeless = new Set<string>();

  /** Chooses the source of the next hosts. Its code is kept until another source is chosen. */
  function choose(source: HostSource): void {
    if (wanted === source) return;
    wanted = source;
    const release = releaseWanted;
    releaseWanted = size > 0 && !closed ? source.retain?.() : undefined;
    release?.();
  }

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
    const began = performance.now();
    const host = start(source);
    starting = { source, host };
    owned.add(host);
    void host.ended.then(() => lost(host, began));
    const failure = await host.ready.then(() => undefined, messageOf);
    // A host that was taken while it started belongs to its run.
    if (starting?.host !== host) return;
    starting = undefined;
    if (failure !== undefined) failed(source, failure);
    else if (!closed) waiting.push({ source, host });
    fillAfter(delay());
  }

  /** Removes a host that has ended. A waiting host that died soon after its start counts as a failure. */
  function lost(host: RunHost, began: number): void {
    owned.delete(host);
    const index = waiting.findIndex((other) => other.host === host);
    const [gone] = index < 0 ? [] : waiting.splice(index, 1);
    if (closed || !gone) return;
    if (performance.now() - began < quickMilliseconds) failed(gone.source, 'the last host ended while it waited.');
    fillAfter(Math.max(delay(), 1_000));
  }

  function failed(source: HostSource, reason: string): void {
    failures += 1;
    if (closed || failures < mostFailures || hopeless.has(source.key)) return;
    hopeless.add(source.key);
    log(
      `${mostFailures} run hosts in a row died before they got a run: ${reason} Until the code in ${source.root} changes, the worker starts hosts only when a run comes.`,
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
      choose(source);
      fillAfter(0);
    },
    take(source) {
      if (wanted?.key !== source.key) failures = 0;
      choose(source);
      const isFit = (other: WaitingHost): boolean => other.source.key === source.key && other.host.isAlive();
      const index = waiting.findIndex(isFit);
      let [taken] = index < 0 ? [] : waiting.splice(index, 1);
      if (taken) failures = 0;
      else if (starting && isFit(starting)) [taken, starting] = [starting, undefined];
      if (taken) owned.delete(taken.host);
      fillAfter(Math.max(delay(), quietMilliseconds));
      return taken?.host;
    },
    refill: () => fillAfter(delay()),
    async close() {
      closed = true;
      clearTimeout(timer);
      releaseWanted?.();
      releaseWanted = undefined;
      for (const host of owned) host.signal('SIGKILL');
      await Promise.all([...owned].map((host) => host.ended));
    },
  };
}
