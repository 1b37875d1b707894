import { fromMillis } from '@tributary/contract/moment';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { type Example, openExample, shown } from '../test-support/example-store.ts';
import { passTime, stopClock } from '../test-support/service-clock.ts';
import { startLeases } from './leases.ts';

let example: Example;
beforeEach(async () => {
  stopClock();
  example = await openExample();
});
afterEach(() => {
  example.close();
  vi.useRealTimers();
});

const leases = (): number => example.store.database.get<{ n: number }>('SELECT count(*) AS n FROM leases')?.n ?? -1;

it('an expired lease frees its slot, but not before hosts have had 60 s after a start of the server to renew it', async () => {
  const deployment = await example.deployment({ concurrency_limit: 1 });
  const holder = await example.run('SCHEDULED', { deployment_id: deployment });
  const waiting = await example.run('SCHEDULED', { deployment_id: deployment });
  await example.propose(holder, 'PENDING');
  await example.sql('UPDATE leases SET expires = 1');
  const service = startLeases({ write: example.store.write, intervalMs: 1000, log: (line) => example.lines.push(line) });
  await passTime(59_000);
  expect(leases()).toBe(1);
  await example.propose(waiting, 'PENDING');
  expect(shown(example.read(waiting).state)).toBe('AwaitingConcurrencySlot');
  const before = fromMillis(Date.now());
  await passTime(2000);
  expect(leases()).toBe(0);
  await service.stop();
  // The free slot makes the waiting run due at once, although it was to wait for 30 s.
  const due = example.read(waiting).next_scheduled_start_time ?? '';
  expect(due > before && due < fromMillis(Date.now() + 1)).toBe(true);
  await example.propose(waiting, 'PENDING');
  expect(shown(example.read(waiting).state)).toBe('Pending');
});
