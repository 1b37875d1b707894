import { newestTicketVersion } from '@tributary/contract/ticket';
import { expect, it } from 'vitest';

import { writeTicket } from '../claim/write-ticket.ts';
import { createRunSlots } from '../poll/run-slots.ts';
import { createRunLogs } from '../report/post-logs.ts';
import { FakeHost } from '../test-support/fake-host.ts';
import { now } from '../test-support/fake-server/fake-store.ts';
import { openTimedWorker } from '../test-support/timed-settings.ts';
import { createActiveRuns } from './active-run.ts';
import { follow } from './follow.ts';

it('a run lends its slot when its host reports that it waits, and takes the slot back when the host reports work', async () => {
  const { server, settings } = openTimedWorker();
  const deployment = server.addDeployment({});
  const id = server.addRun(deployment, {});
  const { run } = server.row(id);
  const state = server.state(id);
  const code = { root: '/root', cwd: '/root', entrypoint: '/root/flow.ts:work', pulled: null };
  const ticket = writeTicket(settings, {
    version: newestTicketVersion,
    run,
    deployment,
    claim: { state, token: null },
    claimedStateId: state.id,
    code,
    env: {},
    now: now(),
  });
  const host = new FakeHost();
  const slots = createRunSlots(1, () => undefined);
  const logs = createRunLogs(settings, run, new AbortController().signal);
  const following = follow(settings, createActiveRuns().add(run), host, ticket, logs, slots.take(), {
    serve: () => Promise.reject(new Error('Not asked for.')),
    stop: () => undefined,
  });
  const free = [slots.free()];
  for (const type of ['waiting', 'working', 'waiting'] as const) {
    host.report({ type });
    free.push(slots.free());
  }
  expect(free).toEqual([0, 1, 0, 1]);
  host.exit({ signal: 'SIGKILL' });
  expect((await following).end?.type).toBe('CRASHED');
});
