import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openStage, type Stage } from './test-support/stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

describe('a worker', () => {
  it('creates its pool, executes a run that waits, and has what the host needs in the ticket', async () => {
    const { server, deployment } = stage;
    const worker = await stage.work();
    const id = server.addRun(deployment, { do: 'complete', n: 1 });
    await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
    expect(server.pools.get('tributary')).toMatchObject({ type: 'tributary' });
    expect(server.history(id)).toEqual(['Scheduled', 'Pending', 'Submitting', 'Running', 'Completed']);
    const { ticket } = await stage.host(id);
    const submitting = server.rows.get(id)?.states[2];
    expect(ticket).toMatchObject({
      version: 1,
      flowRunId: id,
      flowRunName: 'run-1',
      deployment: { id: deployment.id, name: 'deployed' },
      claimedStateId: submitting?.id,
      claim: server.rows.get(id)?.claim,
      attempt: 1,
      api: { url: server.url },
      root: stage.root,
      cwd: `${stage.root}/ints/one`,
      entrypoint: `${stage.root}/ints/one/flow.ts:work`,
      parameters: { n: 1 },
    });
    expect(server.rows.get(id)?.run.labels).toEqual({ 'tributary.worker': 'w1', 'tributary.boot': worker.boot });
    await stage.until('the pid', () => /:\d+$/.test(server.rows.get(id)?.run.infrastructure_pid ?? ''));
  });
});
