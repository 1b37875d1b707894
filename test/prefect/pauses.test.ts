import { setTimeout as sleep } from 'node:timers/promises';

import type { FlowRunId } from '@tributary/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.ts';
import { survivors } from '../support/process.ts';
import { notesIn, stepNames, stepsFiles } from '../support/steps.ts';
import { type Journey, succeeded, travel } from './journey.ts';

const flows = `import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { flow, pause, resumeRun, run, suspend, task } from '@tributary/flow';
import { z } from 'zod';

const parameters = z.object({ mark: z.string(), timeout: z.number().default(300) });
const note = (mark: string, text: string) => appendFileSync(join(run().dataDir, mark), text + ' ' + process.pid + '\\n');
const onCancellation = () => note(String(run().parameters['mark']), 'cancelled');
const Approval = z.object({ ok: z.boolean(), reason: z.string().default('none') });

export const paused = flow({ name: 'paused', parameters, onCancellation }, async ({ mark, timeout }) => {
  note(mark, 'before');
  await pause({ timeout });
  note(mark, 'after');
});
export const asking = flow({ name: 'asking', parameters }, async ({ mark, timeout }) => {
  note(mark, 'before');
  return pause({ timeout, input: Approval, description: 'May it be **loaded**?' });
});
const fetched = task({ name: 'fetched', cache: 'inputs' }, (mark: string) => {
  note(mark, 'fetched');
  return [1, 2];
});
export const suspended = flow({ name: 'suspended', parameters, retries: 1, onCancellation }, async ({ mark, timeout }) => {
  note(mark, 'begin');
  const rows = await fetched(mark);
  const { ok } = await suspend({ timeout, input: Approval });
  note(mark, 'resumed');
  return { rows, ok, attempt: run().attempt };
});
export const resuming = flow({ name: 'resuming', parameters: z.object({ id: z.string() }) }, ({ id }) =>
  resumeRun(id, { input: { ok: true, reason: 'by a flow' } }),
);
`;
const deployments = `import { deployFactory } from '@tributary/flow';
import { asking, paused, resuming, suspended } from './flows/pauses.ts';

export const one = deployFactory({ name: 'here', flow: paused });
export const two = deployFactory({ name: 'here', flow: asking });
export const three = deployFactory({ name: 'here', flow: suspended });
export const four = deployFactory({ name: 'here', flow: resuming });
`;

let on: Journey;
beforeAll(async () => {
  on = await travel(
    { ...stepsFiles, 'ints/pauses/flows/pauses.ts': flows, 'ints/pauses/deployments.ts': deployments },
    { PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_LOOP_SECONDS: '1' },
  );
  await on.deploy('pauses');
  await on.deploy('steps');
  await on.startWorker('pauses');
}, 180_000);
afterAll(() => on?.close());

const notes = (mark: string) => notesIn(on.data(mark));
const texts = (mark: string) => notes(mark).map(({ text }) => text);
const names = async (id: FlowRunId) => (await on.states(id)).map(({ name }) => name);
const resumeFromPython = (id: FlowRunId, input?: Readonly<Record<string, unknown>>) =>
  on.python(`
import json
from prefect.flow_runs import resume_flow_run
resume_flow_run("${id}", run_input=json.loads('${JSON.stringify(input ?? null)}'))`);

describe.concurrent('a flow that pauses', () => {
  it('waits in its process until our command resumes it', async () => {
    const id = await on.trigger('paused/here', { mark: 'plain' });
    expect((await on.until(id, ['PAUSED'])).state_name).toBe('Paused');
    expect(texts('plain')).toEqual(['before']);
    await succeeded(on.command(['flow-run', 'resume', id]));
    expect(await on.ended(id)).toMatchObject({ state_type: 'COMPLETED' });
    expect(texts('plain')).toEqual(['before', 'after']);
    expect(notes('plain')[0]?.pid).toBe(notes('plain')[1]?.pid);
  });

  it('asks for an input, refuses an input that does not fit, and continues with the input from Python', async () => {
    const id = await on.trigger('asking/here', { mark: 'asking' });
    await on.until(id, ['PAUSED']);
    const refused = await on.command(['flow-run', 'resume', id, '--input', 'ok="perhaps"']).ended;
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/ok/);
    await expect(resumeFromPython(id, { reason: 'no ok' })).rejects.toThrow(/ok/);
    expect((await on.read(id)).state_type).toBe('PAUSED');
    await resumeFromPython(id, { ok: true });
    expect((await on.ended(id)).state?.data).toEqual({ value: { ok: true, reason: 'none' } });
  });

  it('continues with the input from our command', async () => {
    const id = await on.trigger('asking/here', { mark: 'asking-us' });
    await on.until(id, ['PAUSED']);
    await succeeded(on.command(['flow-run', 'resume', id, '--input', 'ok=false', '--input', 'reason=too big']));
    expect((await on.ended(id)).state?.data).toEqual({ value: { ok: false, reason: 'too big' } });
  });

  it('fails if it is not resumed in time', async () => {
    const id = await on.trigger('paused/here', { mark: 'late', timeout: 2 });
    expect(await on.ended(id)).toMatchObject({
      state_type: 'FAILED',
      state: { message: expect.stringMatching(/paused|resumed|timeout/i) },
    });
    expect(texts('late')).toEqual(['before']);
  });

  it.each(['our command', 'the UI'])('is cancelled by %s while it waits', async (way) => {
    const mark = `cancelled-${way.length}`;
    const id = await on.trigger('paused/here', { mark });
    await on.until(id, ['PAUSED']);
    const [note] = notes(mark);
    if (way === 'our command') await succeeded(on.command(['flow-run', 'cancel', id]));
    else await on.client.setFlowRunState({ path: { id }, body: { state: { type: 'CANCELLING', name: 'Cancelling' }, force: true } });
    expect(await on.ended(id)).toMatchObject({ state_type: 'CANCELLED' });
    expect(await survivors([note?.pid ?? 0], 20)).toEqual([]);
    expect(texts(mark)).toEqual(['before', 'cancelled']);
  });
});

describe.concurrent('a flow that is suspended', () => {
  it('ends its process, and starts again when it is resumed, with cached results', async () => {
    const id = await on.trigger('suspended/here', { mark: 'suspended' });
    expect((await on.until(id, ['PAUSED'])).state_name).toBe('Suspended');
    const [first] = notes('suspended');
    expect(await survivors([first?.pid ?? 0], 20)).toEqual([]);
    await succeeded(on.command(['flow-run', 'resume', id, '--input', 'ok=true']));
    expect(await on.ended(id)).toMatchObject({ state_type: 'COMPLETED', state: { data: { value: { rows: [1, 2], ok: true } } } });
    expect(texts('suspended')).toEqual(['begin', 'fetched', 'begin', 'resumed']);
    expect(notes('suspended').at(-1)?.pid).not.toBe(first?.pid);
    expect(await names(id)).toEqual(expect.arrayContaining(['Running', 'Suspended', 'Resuming', 'Completed']));
    const tasks = await on.tasks(id, 2);
    expect(tasks.map(({ state_name }) => state_name).toSorted()).toEqual(['Cached', 'Completed']);
  });

  it('can be resumed by another flow', async () => {
    const id = await on.trigger('suspended/here', { mark: 'by-flow' });
    await on.until(id, ['PAUSED']);
    const other = await on.trigger('resuming/here', { id });
    expect(await on.ended(other)).toMatchObject({ state_type: 'COMPLETED' });
    expect((await on.ended(id)).state?.data).toMatchObject({ value: { ok: true } });
  });

  it('has failed if it is not resumed in time', async () => {
    const id = await on.trigger('suspended/here', { mark: 'too-late', timeout: 2 });
    expect(await on.ended(id)).toMatchObject({ state_type: 'FAILED' });
    const refused = await on.command(['flow-run', 'resume', id, '--input', 'ok=true']).ended;
    expect(refused.code).toBe(1);
  });

  it('is cancelled immediately', async () => {
    const id = await on.trigger('suspended/here', { mark: 'given-up' });
    await on.until(id, ['PAUSED']);
    await succeeded(on.command(['flow-run', 'cancel', id]));
    expect(await on.read(id)).toMatchObject({ state_type: 'CANCELLED' });
    expect(texts('given-up')).not.toContain('resumed');
  });
});

describe.concurrent('a run that is asked from outside', () => {
  const count = 40;
  const steps = (mark: string) => texts(mark).filter((text) => text.startsWith('step'));
  const begun = (mark: string) =>
    eventually(
      () => steps(mark).length,
      (done) => done > 0,
      30,
    );
  const said = (id: FlowRunId, text: string) =>
    eventually(
      () => on.said(id),
      (lines) => lines.some((line) => line.includes(text)),
    );

  it('to pause begins no further task until it is resumed, and continues in its process', async () => {
    const id = await on.trigger('steps/free', { mark: 'paused-outside', count });
    await begun('paused-outside');
    await on.client.setFlowRunState({ path: { id }, body: { state: { type: 'PAUSED' } } });
    await said(id, 'was paused from outside');
    const before = steps('paused-outside');
    await sleep(1_500);
    expect(steps('paused-outside')).toEqual(before);
    expect(before.length).toBeLessThan(count);
    await succeeded(on.command(['flow-run', 'resume', id]));
    expect((await on.ended(id)).state?.data).toEqual({ value: notes('paused-outside')[0]?.pid });
    expect(steps('paused-outside')).toEqual(stepNames(count));
  });

  it.each(['our command', 'the pages'])('to suspend by %s ends its process, and starts again when it is resumed', async (way) => {
    const mark = `suspended-by-${way.replace(' ', '-')}`;
    const id = await on.trigger('steps/free', { mark, count });
    await begun(mark);
    if (way === 'our command') await succeeded(on.command(['flow-run', 'suspend', id]));
    else {
      // Both of Prefect's UIs send this state with force.
      const pause_timeout = new Date(Date.now() + 300_000).toISOString();
      const state = { type: 'PAUSED', name: 'Suspended', state_details: { pause_timeout, pause_reschedule: true } } as const;
      await on.client.setFlowRunState({ path: { id }, body: { state, force: true } });
    }
    await said(id, 'was suspended from outside');
    const [first] = notes(mark);
    expect(await survivors([first?.pid ?? 0], 20)).toEqual([]);
    expect(texts(mark)).toContain('beside-ended');
    expect(steps(mark).length).toBeLessThan(count);
    expect(await on.read(id)).toMatchObject({ state_name: 'Suspended' });
    await succeeded(on.command(['flow-run', 'resume', id]));
    expect(await on.ended(id, 60)).toMatchObject({ state_type: 'COMPLETED' });
    expect(steps(mark)).toEqual(stepNames(count));
    expect(notes(mark).at(-1)?.pid).not.toBe(first?.pid);
  });

  it('to pause, and then cancelled, ends as Cancelled', async () => {
    const id = await on.trigger('steps/free', { mark: 'cancelled-outside', count });
    await begun('cancelled-outside');
    await on.client.setFlowRunState({ path: { id }, body: { state: { type: 'PAUSED' } } });
    await said(id, 'was paused from outside');
    await succeeded(on.command(['flow-run', 'cancel', id]));
    expect(await on.ended(id)).toMatchObject({ state_type: 'CANCELLED' });
  });
});
