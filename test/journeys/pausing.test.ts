import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { FlowRunId } from '@tributary/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.ts';
import { type EmbeddedInstallation, install } from '../support/installation.ts';
import { survivors } from '../support/process.ts';
import { notesIn, stepNames, stepsFiles } from '../support/steps.ts';

const count = 10;

let on: EmbeddedInstallation;
beforeAll(async () => {
  on = await install(stepsFiles);
  await on.deploy('steps');
  await on.startWorker('steps');
});
afterAll(() => on?.close());

const notes = (mark: string) => notesIn(join(on.workspace.home, 'data', mark));
const steps = (mark: string) => notes(mark).flatMap(({ text }) => (text.startsWith('step') ? [text] : []));
const begun = (mark: string) =>
  eventually(
    () => steps(mark).length,
    (done) => done > 0,
    60,
  );
const said = (id: FlowRunId, text: string) =>
  eventually(
    async () => (await on.client.filterLogs({ body: { logs: { flow_run_id: { any_: [id] } } } })).data.map(({ message }) => message),
    (lines) => lines.some((line) => line.includes(text)),
    60,
  );
const suspended = { type: 'PAUSED', name: 'Suspended', state_details: { pause_reschedule: true } } as const;
const command = async (...args: string[]) => expect((await on.command(args).ended).code).toBe(0);

describe.concurrent('a run that is asked from outside', { timeout: 120_000 }, () => {
  it('to pause begins no further task until it is resumed, and continues in its process', async () => {
    const id = await on.trigger('steps/free', { mark: 'paused', count });
    await begun('paused');
    await on.client.setFlowRunState({ path: { id }, body: { state: { type: 'PAUSED' } } });
    await said(id, 'was paused from outside: it continues when it is resumed.');
    const before = steps('paused');
    await sleep(1_000);
    expect(steps('paused')).toEqual(before);
    expect(before.length).toBeLessThan(count);
    await command('flow-run', 'resume', id);
    expect((await on.ended(id)).state?.data).toEqual({ value: notes('paused')[0]?.pid });
    expect(steps('paused')).toEqual(stepNames(count));
  });

  it('to suspend ends its process after its running tasks, frees its slot for another run, and starts again when resumed', async () => {
    const id = await on.trigger('steps/single', { mark: 'suspended', count });
    await begun('suspended');
    await on.client.setFlowRunState({ path: { id }, body: { state: suspended } });
    const next = await on.trigger('steps/single', { mark: 'next', count: 1 });
    await said(id, 'was suspended from outside');
    expect(await on.until(next, ['AwaitingConcurrencySlot'])).toMatchObject({ state_type: 'SCHEDULED' });
    const [first] = notes('suspended');
    expect(await survivors([first?.pid ?? 0], 10)).toEqual([]);
    expect(notes('suspended').at(-1)?.text).toBe('beside-ended');
    expect(steps('suspended').length).toBeLessThan(count);
    expect(await on.ended(next, 40)).toMatchObject({ state_type: 'COMPLETED' });
    expect(await on.read(id)).toMatchObject({ state_name: 'Suspended', state: { message: 'The process of the run has ended.' } });
    await command('flow-run', 'resume', id);
    expect(await on.ended(id)).toMatchObject({ state_type: 'COMPLETED' });
    expect(steps('suspended')).toEqual(stepNames(count));
    expect(notes('suspended').at(-1)?.pid).not.toBe(first?.pid);
  });

  it('to suspend, and then cancelled before its process has ended, ends immediately', async () => {
    // The long task takes longer than a slow machine needs to start our command, so only the cancel can end the run.
    const id = await on.trigger('steps/free', { mark: 'cancelled', count: 60 * count, besideSeconds: 200 });
    await begun('cancelled');
    await command('flow-run', 'suspend', id);
    await said(id, 'was suspended from outside');
    await on.client.setFlowRunState({ path: { id }, body: { state: { type: 'CANCELLING' }, force: true } });
    // The host waits 20 s for a task that ignores its abort signal. So a run that ends within 15 s has aborted its task.
    expect(await on.ended(id, 15)).toMatchObject({ state_type: 'CANCELLED' });
    expect(await survivors([notes('cancelled')[0]?.pid ?? 0], 10)).toEqual([]);
    expect(notes('cancelled').at(-1)?.text).not.toBe('beside-ended');
  });

  it('to suspend after it has begun its last task completes', async () => {
    const id = await on.trigger('steps/free', { mark: 'last', count: 1 });
    await begun('last');
    await on.client.setFlowRunState({ path: { id }, body: { state: suspended } });
    expect(await on.ended(id)).toMatchObject({ state_type: 'COMPLETED' });
    expect((await on.client.readFlowRunStates({ query: { flow_run_id: id } })).data.map(({ name }) => name)).toContain('Suspended');
  });
});
