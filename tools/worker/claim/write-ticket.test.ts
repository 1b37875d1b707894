import { ticket } from '@tributary/contract/ticket';
import { expect, it } from 'vitest';

import { now } from '../test-support/fake-server/fake-store.ts';
import { openTimedWorker } from '../test-support/timed-settings.ts';
import { attemptOf, writeTicket } from './write-ticket.ts';

it('the number of an attempt is run_count + 1, or run_count if a suspended run is resumed', () => {
  expect(attemptOf({ run_count: 0, empirical_policy: {} })).toBe(1);
  expect(attemptOf({ run_count: 2, empirical_policy: null })).toBe(3);
  expect(attemptOf({ run_count: 2, empirical_policy: { resuming: true } })).toBe(2);
});

it('a host of version 3 learns which commit it executes, and one of version 2, which would refuse an unknown field, does not', () => {
  const { server, settings } = openTimedWorker();
  const deployment = server.addDeployment({});
  const id = server.addRun(deployment, {});
  const pulled = { repository: 'https://github.com/acme/data.git', commit: 'a'.repeat(40), tree: 'b'.repeat(40) };
  const write = (version: 2 | 3) =>
    writeTicket(settings, {
      version,
      run: server.row(id).run,
      deployment,
      claim: { state: server.state(id), token: null },
      claimedStateId: server.state(id).id,
      code: { root: '/root', cwd: '/root', entrypoint: '/root/flow.ts:work', pulled },
      env: {},
      now: now(),
    });
  const [older, newer] = [ticket.parse(write(2)), ticket.parse(write(3))];
  expect(newer).toEqual({ ...older, version: 3, code: pulled });
  expect(older).not.toHaveProperty('code');
});
