import { type FlowRunId, newId, type StateId } from '@tributary/contract/id';
import { expect, it } from 'vitest';

import { createRefusedRuns } from './refused-runs.ts';

it('a refused run is skipped for ten seconds, unless it is offered in another state', () => {
  const refused = createRefusedRuns();
  const run = { id: newId<FlowRunId>(), state_id: newId<StateId>() };
  refused.add(run, 1_000);
  expect(refused.has(run)).toBe(true);
  expect(refused.has({ ...run, state_id: newId<StateId>() })).toBe(false);
  expect(refused.has({ ...run, id: newId<FlowRunId>() })).toBe(false);
  expect([refused.prune(11_000), refused.has(run)]).toEqual([1, true]);
  expect([refused.prune(11_001), refused.has(run)]).toEqual([0, false]);
});
