import { TributaryError } from '@tributary/contract/error';
import type { FlowRunId } from '@tributary/contract/id';
import { labelNames } from '@tributary/contract/nouns/label';
import { expect, it, vi } from 'vitest';

import type { DeploymentPort, FlowRunRequest } from '../../run/engine-port.ts';
import { record, type Recording } from '../../run/test-support/recording-run.ts';
import { flow } from '../flow.ts';
import { task } from '../task.ts';
import { createFlowRun } from './create-flow-run.ts';
import { runDeployment } from './run-deployment.ts';
import { withDeployments } from './with-deployments.ts';

const fire = runDeployment.unchecked;
const launch = createFlowRun.unchecked;

/** Runs the body with a recording on stubbed deployments: `el/good` completes, `el/bad` fails, `el/slow` continues until the body's end. */
async function staged(changes: (port: DeploymentPort) => Partial<DeploymentPort>, body: (recording: Recording) => Promise<void>) {
  const over = Promise.withResolvers<void>();
  const stubs = { 'el/good': () => 1, 'el/bad': () => Promise.reject(new Error('no such table')), 'el/slow': () => over.promise };
  await withDeployments.unchecked(stubs, async () => {
    const { deployments } = record().port;
    if (!deployments) throw new Error('no stubs');
    // The stubs outlive a failed assertion, and withDeployments waits for them.
    await body(record({ deployments: { ...deployments, ...changes(deployments) } })).finally(() => over.resolve());
  });
}
const often = { pollInterval: '5ms' } as const;

it('names the runs that a failed parent was waiting for, in its last line', async () => {
  const parent = flow({ name: 'parent' }, async () => {
    await launch('el/slow', { parameters: { launched: true } });
    await fire('el/slow', { parameters: { given: 'up' }, timeout: '5ms' });
    const waits = ['el/slow', 'el/good', 'el/bad'].map((name) => fire(name, { ...often, flowRunName: name, raiseFinalState: true }));
    await Promise.all(waits);
  });
  await staged(
    () => ({}),
    async (recording) => {
      expect(await recording.start(parent)).toMatchObject({ state: { type: 'FAILED' } });
      expect(recording.lines().at(-1)).toMatch(
        /^Still unfinished: flow run "el\/slow" \([\w-]{36}\), which is Scheduled\. This run waited for it, and it continues\.$/,
      );
    },
  );
});

it('names no deleted run among those that continue', async () => {
  const waits = flow({ name: 'parent' }, () =>
    Promise.all(['gone', 'kept'].map((flowRunName) => fire('el/slow', { ...often, flowRunName, parameters: { flowRunName } }))),
  );
  const readFlowRun =
    (port: DeploymentPort): DeploymentPort['readFlowRun'] =>
    async (id) => {
      const run = await port.readFlowRun(id);
      if (run.name === 'gone') throw new TributaryError('not_found', 'Flow run not found');
      return run;
    };
  await staged(
    (port) => ({ readFlowRun: readFlowRun(port) }),
    async (recording) => {
      expect((await recording.start(waits)).state?.message).toMatch(/^Flow run "gone" .* was deleted while this run waited for its end\.$/);
      expect(recording.lines().at(-1)).toMatch(/^Still unfinished: flow run "kept" \(/);
    },
  );
});

it('names each run that a parent which timed out was waiting for', async () => {
  const wait = task({ name: 'wait' }, (nth: number) => fire('el/slow', { ...often, parameters: { nth } }));
  const parent = flow({ name: 'parent', timeout: '50ms' }, () => Promise.all([wait(1), wait(2)]));
  await staged(
    () => ({}),
    async (recording) => {
      expect(await recording.start(parent)).toMatchObject({ state: { name: 'TimedOut' } });
      expect(recording.lines().at(-1)).toMatch(
        /^Still unfinished: flow run ".*" \(.*\), which is Scheduled; ".*" \(.*\), which is Scheduled\. This run waited for them, and they continue\.$/,
      );
    },
  );
});

it('labels the run, and the run that an earlier attempt created with another label', async () => {
  const requests: FlowRunRequest[] = [];
  const labelFlowRun = vi.fn<DeploymentPort['labelFlowRun']>(() => Promise.resolve());
  const parent = flow({ name: 'parent' }, async () => {
    await launch('el/slow', { onParentEnd: 'leave' });
    await launch('el/slow', { onParentEnd: 'cancel', idempotencyKey: 'x' });
    return (await launch('el/slow', { onParentEnd: 'leave', idempotencyKey: 'x' })).id;
  });
  const labelled =
    (port: DeploymentPort): DeploymentPort['createFlowRun'] =>
    async (id, request) => {
      requests.push(request);
      const first = requests.find(({ idempotency_key }) => idempotency_key === request.idempotency_key);
      return { ...(await port.createFlowRun(id, request)), labels: first?.labels };
    };
  await staged(
    (port) => ({ createFlowRun: labelled(port), labelFlowRun }),
    async (recording) => {
      expect(await recording.start(parent)).toMatchObject({
        completed: true,
        value: labelFlowRun.mock.calls[0]?.[0],
      });
    },
  );
  expect(requests.map(({ labels }) => labels?.[labelNames.onParentEnd])).toEqual(['leave', 'cancel', 'leave']);
  expect(labelFlowRun.mock.calls.map(([, labels]) => labels)).toEqual([{ [labelNames.onParentEnd]: 'leave' }]);
});

it("ends the children with 'cancel' itself on a server that doesn't, once no retry follows", async () => {
  const cancelled: [FlowRunId, string][] = [];
  const parent = flow({ name: 'parent', retries: 1 }, async () => {
    await launch('el/slow', { parameters: { stays: true } });
    const ended = await launch('el/slow', { onParentEnd: 'cancel' });
    expect(cancelled).toEqual([]);
    throw new Error(ended.id);
  });
  await staged(
    (port) => ({
      endsChildren: false,
      readChildren: async (id) =>
        (await port.readChildren(id)).map((run) => ({
          ...run,
          labels: run.parameters['stays'] ? {} : { [labelNames.onParentEnd]: 'cancel' },
        })),
      cancelFlowRun: async (id, message) => void cancelled.push([id, message]),
    }),
    async (recording) => {
      const { state } = await recording.start(parent);
      expect(cancelled).toEqual([[state?.message, 'The run that started this run failed.']]);
      expect(recording.lines().join()).not.toContain('continues');
    },
  );
});

it("refuses 'leave' on a server that cancels all children, and 'cancel' for a run that isn't a child", async () => {
  const created = vi.fn<DeploymentPort['createFlowRun']>();
  await staged(
    () => ({ endsChildren: false, createFlowRun: created }),
    async (recording) => {
      const left = flow({ name: 'left' }, () => fire('el/good', { onParentEnd: 'leave' }));
      expect((await recording.start(left)).state?.message).toBe(
        'onParentEnd of runDeployment("el/good") can\'t be "leave" here: a Prefect server cancels all children of a cancelled run. Use asSubflow: false instead, which creates a run that isn\'t a child.',
      );
      const alone = flow({ name: 'alone' }, () => launch('el/good', { onParentEnd: 'cancel', asSubflow: false }));
      expect((await recording.start(alone)).state?.message).toMatch(/^onParentEnd of createFlowRun\("el\/good"\) has no effect/);
    },
  );
  expect(created).not.toHaveBeenCalled();
});
