import type { SlotWait } from '../../store/waiting/read-waiting.ts';

/** The requests for slots that are waiting, or will be sent again soon. They explain why a running run makes no progress. */
export interface SlotWaits {
  /** notes a request that found no free slots @param seconds how long it may take until the request is sent again */
  note(wait: SlotWait, seconds: number): void;
  /** forgets the requests of a holder that got its slots */
  forget(wait: SlotWait): void;
  current(): SlotWait[];
}

/** The most requests that are kept. They serve only to explain why a run waits, so the requests above this number may be left out. */
const most = 1000;
/** Seconds that a repeated request may be late. */
const lateSeconds = 2;

export function createSlotWaits(clock: () => number = () => performance.now()): SlotWaits {
  const waits = new Map<string, { readonly wait: SlotWait; readonly until: number }>();
  const keyOf = ({ names, holder }: SlotWait): string => [holder.id, ...names].join('\n');
  const prune = (): void => {
    const now = clock();
    for (const [key, { until }] of waits) if (until < now) waits.delete(key);
  };
  return {
    note(wait, seconds) {
      if (waits.size >= most) prune();
      if (waits.size < most) waits.set(keyOf(wait), { wait, until: clock() + (seconds + lateSeconds) * 1000 });
    },
    forget: (wait) => void waits.delete(keyOf(wait)),
    current() {
      prune();
      return [...waits.values()].map(({ wait }) => wait);
    },
  };
}
