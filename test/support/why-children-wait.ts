import type { FlowRunId } from '@tributary/contract';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { logLevels } from '@tributary/contract/nouns/log';
import { expect, it } from 'vitest';

import { eventually } from './eventually.ts';
import type { Installation } from './installation.ts';

/** A parent and a child in the same work queue, and a parent whose child is in a work pool without a worker. */
export const narrowFiles: Readonly<Record<string, string>> = {
  'ints/narrow/flows/narrow.ts': `import { flow, runDeployment } from '@tributary/flow';

export const inner = flow({ name: 'inner' }, () => 'done');
export const outer = flow({ name: 'outer' }, async () => {
  await runDeployment.unchecked('inner/here', { queue: 'narrow', raiseFinalState: true });
});
export const forlorn = flow({ name: 'forlorn' }, async () => {
  await runDeployment.unchecked('inner/nowhere', { raiseFinalState: true });
});
`,
  'ints/narrow/deployments.ts': `import { deployFactory } from '@tributary/flow';
import { forlorn, inner, outer } from './flows/narrow.ts';

export const one = deployFactory({ name: 'here', flow: inner });
export const two = deployFactory({ name: 'here', flow: outer });
export const three = deployFactory({ name: 'nowhere', flow: inner, pool: 'without-worker' });
export const four = deployFactory({ name: 'here', flow: forlorn });
`,
};

type On = Pick<Installation, 'client' | 'trigger'> & { ended(id: FlowRunId, seconds?: number): Promise<FlowRun> };

/** Tests on any server that logs say why a child waits: for the slot of its own parent, or for a worker. */
export function testWhyChildrenWait(on: () => On, seconds: number): void {
  /** @returns the warnings of a run's log, once there is one */
  const warned = (id: FlowRunId): Promise<string[]> =>
    eventually(
      async () => {
        const logs = { flow_run_id: { any_: [id] }, level: { ge_: logLevels.warning } };
        return (await on().client.filterLogs({ body: { logs } })).data.map(({ message }) => message);
      },
      (lines) => lines.length > 0,
      seconds,
    );
  const childOf = async (parent: FlowRunId): Promise<FlowRun> => {
    const { data } = await on().client.filterFlowRuns({ body: { flow_runs: { parent_flow_run_id: { any_: [parent] } } } });
    const [child] = data;
    if (!child) throw new Error('The parent has no child.');
    return child;
  };

  it.concurrent(
    'a child that waits for the slot of its own parent says so in both logs, and the cure helps',
    { timeout: seconds * 2000 },
    async () => {
      const { client } = on();
      await client.createWorkQueue({ path: { pool: 'tributary' }, body: { name: 'narrow', concurrency_limit: 1 } });
      const { data: deployment } = await client.readDeploymentByName({ path: { flow: 'outer', deployment: 'here' } });
      const { data: parent } = await client.createFlowRunFromDeployment({
        path: { id: deployment.id },
        body: { work_queue_name: 'narrow' },
      });
      const [said] = await warned(parent.id);
      const reason = `Work queue "narrow" of work pool "tributary" is full: flow run "${parent.name}" of outer/here, a parent of the run, holds its only slot.`;
      const cure = 'npx tributary work-queue set-concurrency-limit narrow 2 --pool tributary';
      expect(said).toMatch(/^Flow run "[^"]+" is waiting\. /);
      expect(said).toContain(reason);
      expect(said?.endsWith(cure)).toBe(true);
      expect(await warned((await childOf(parent.id)).id)).toEqual([expect.stringContaining(reason)]);
      await client.updateWorkQueue({ path: { pool: 'tributary', queue: 'narrow' }, body: { concurrency_limit: 2 } });
      expect((await on().ended(parent.id, seconds)).state_type).toBe('COMPLETED');
    },
  );

  it.concurrent('a child in a work pool without a worker says so in the log of its parent', { timeout: seconds * 2000 }, async () => {
    const { client } = on();
    const id = await on().trigger('forlorn/here');
    const [said] = await warned(id);
    const child = await childOf(id);
    expect(said).toBe(
      `Flow run "${child.name}" is waiting. No worker of work pool "without-worker" is online. Start one: npx tributary worker start --pool without-worker`,
    );
    await client.setFlowRunState({ path: { id: child.id }, body: { state: { type: 'CANCELLING' } } });
    expect((await on().ended(id, seconds)).state?.message).toContain(
      `Flow run "${child.name}" (${child.id}) of deployment inner/nowhere ended as Cancelled`,
    );
  });
}
