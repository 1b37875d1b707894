import { fromMillis } from '@tributary/contract/moment';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { type Example, openExample, shown } from '../test-support/example-store.ts';
import { passTime, stopClock } from '../test-support/service-clock.ts';
import { startPauses } from './pauses.ts';

let example: Example;
beforeEach(async () => {
  stopClock();
  example = await openExample();
});
afterEach(() => {
  example.close();
  vi.useRealTimers();
});

it.each([
  ['paused', 'Paused', false],
  ['suspended', 'Suspended', true],
])('a %s run fails when its timeout has passed', async (_, name, pause_reschedule) => {
  const deployment = await example.deployment();
  const id = await example.run('SCHEDULED', { deployment_id: deployment });
  const claim = await example.propose(id, 'PENDING');
  await example.propose(id, 'RUNNING', { claim });
  const pause_timeout = fromMillis(Date.now() + 3_600_000);
  await example.propose(id, { type: 'PAUSED', name, state_details: { pause_timeout, pause_reschedule } }, { claim });
  const service = startPauses({ write: example.store.write, intervalMs: 5000, log: (line) => example.lines.push(line) });
  await passTime(3_599_000, 5000);
  expect(shown(example.read(id).state)).toBe(name);
  await passTime(6000);
  expect(shown(example.read(id).state)).toBe('Failed: The flow was paused and never resumed.');
  await service.stop();
  expect(example.lines).toEqual([]);
});
