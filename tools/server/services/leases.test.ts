import { toMicros } from '@tributary/contract/moment';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { type Example, openExample, shown } from '../test-support/example-store.ts';
import { startLeases } from './leases.ts';

let example: Example;
beforeEach(async () => {
  example = await openExample();
});
afterEach(() => example.close());

const leases = (): number => example.store.database.get<{ n: number }>('SELECT count(*) AS n FROM leases')?.n ?? -1;

it('a slot whose lease nobody renews is free again, after a grace time when the server has just started', async () => {
  const deployment = await example.deployment({ concurrency_limit: 1 });
  const holder = await example.run('SCHEDULED', { deployment_id: deployment });
  const waiting = await example.run('SCHEDULED', { deployment_id: deployment });
  await example.propose(holder, 'PENDING');
  await example.propose(waiting, 'PENDING');
  expect(shown(example.read(waiting).state)).toBe('AwaitingConcurrencySlot');
  await example.sql('UPDATE leases SET expires = 1');
  const service = startLeases({ write: example.store.write, intervalMs: 10, log: (line) => example.lines.push(line) });
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(leases()).toBe(1);
  await example.sql('UPDATE leases SET expires = 1');
  await vi.waitFor(() => expect(leases()).toBe(0), 10_000);
  await service.stop();
  const due = example.read(waiting).next_scheduled_start_time;
  expect(due && toMicros(due) <= Date.now() * 1000).toBe(true);
  await example.propose(waiting, 'PENDING');
  expect(shown(example.read(waiting).state)).toBe('Pending');
});
