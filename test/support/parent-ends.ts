import type { FlowRunId } from '@tributary/contract';
import { expect, it } from 'vitest';

import { familiesOn, type ParentEnds } from './parent-end-families.ts';

/** Tests what happens to children when their parent ends, on any server. */
export function testParentEnds(on: () => ParentEnds, { seconds, leaves }: { readonly seconds: number; readonly leaves: boolean }): void {
  const { begun, began, hold, release, wake, child, children, endings, ended, cancelled, lastLine, command, read } = familiesOn(
    on,
    seconds,
  );

  it.concurrent('children of a parent that failed continue, except those that end with it, and its last line names them', async () => {
    const mark = 'failed';
    const id = await on().trigger('failing/here', { mark });
    const parent = await ended(id);
    expect(parent.state?.message).toMatch(
      /^Flow run "failed bad" \([\w-]{36}\) of deployment bad\/here ended as Failed: Task "load-0" failed: no such table$/,
    );
    const kept = await child(id, 'kept');
    expect(await lastLine(id, /^Still unfinished: /)).toMatch(
      new RegExp(
        `^Still unfinished: flow run "failed kept" \\(${kept.id}\\), which is \\w+\\. This run waited for it, and it continues\\.$`,
      ),
    );
    await cancelled(id, 'bound', 'ended');
    wake(mark);
    expect(await endings(id)).toEqual({
      launched: 'COMPLETED',
      bound: 'CANCELLED',
      kept: 'COMPLETED',
      ended: 'CANCELLED',
      bad: 'FAILED',
    });
  });

  it.concurrent('children of a parent that timed out continue, except those that end with it, and its last line names them', async () => {
    const mark = 'hurried';
    const id = await on().trigger('hurried/here', { mark });
    expect((await ended(id)).state_name).toBe('TimedOut');
    const kept = await child(id, 'kept');
    expect(await lastLine(id, /^Still unfinished: /)).toContain(`"${mark} kept" (${kept.id}), which is `);
    await cancelled(id, 'ended');
    wake(mark);
    expect(await endings(id)).toEqual({ kept: 'COMPLETED', ended: 'CANCELLED' });
  });

  it.concurrent('children of a cancelled parent are cancelled, whether it waited for them or not', async () => {
    const mark = 'cancelled';
    const id = await on().trigger('waiting/here', { mark, leaves });
    const nths = leaves ? ['kept', 'launched', 'left'] : ['kept', 'launched'];
    await began(mark, ...nths);
    await command('flow-run', 'cancel', id);
    expect((await ended(id)).state_type).toBe('CANCELLED');
    await cancelled(id, 'kept', 'launched');
    wake(mark);
    expect(await endings(id)).toEqual({ kept: 'CANCELLED', launched: 'CANCELLED', ...(leaves ? { left: 'COMPLETED' } : {}) });
  });

  it.concurrent('children of a parent that Crashed continue, and its next attempt takes them over', async () => {
    const mark = 'crashed';
    const id = await on().trigger('waiting/here', { mark });
    await began(mark, 'kept', 'launched');
    const { infrastructure_pid: pid } = (await on().client.readFlowRun({ path: { id } })).data;
    process.kill(Number(pid?.split(':').at(-1)), 'SIGKILL');
    expect((await ended(id)).state_type).toBe('CRASHED');
    await command('flow-run', 'retry', id);
    wake(mark);
    expect(await ended(id)).toMatchObject({ state_type: 'COMPLETED', run_count: 2 });
    expect(await endings(id)).toEqual({ kept: 'COMPLETED', launched: 'COMPLETED' });
    expect([begun(mark), (await children(id)).map(({ run_count }) => run_count)]).toEqual([
      ['kept', 'launched'],
      [1, 1],
    ]);
  });

  /** Starts a run of three levels. @returns the ids of the levels, the root first, once the last one runs */
  async function nested(mark: string): Promise<[FlowRunId, FlowRunId, FlowRunId]> {
    const root = await on().trigger('nest/here', { mark, depth: 2 });
    const middle = await child(root, '1');
    const leaf = await child(middle.id, '0');
    await on().until(leaf.id, ['RUNNING'], seconds);
    return [root, middle.id, leaf.id];
  }

  it.concurrent.each([
    ['leaf', 2, ['FAILED', 'FAILED', 'CANCELLED']],
    ['middle', 1, ['FAILED', 'CANCELLED', 'CANCELLED']],
    ['root', 0, ['CANCELLED', 'CANCELLED', 'CANCELLED']],
  ] as const)('a cancel of the %s by hand ends the levels below, and fails those above with its name', async (what, depth, states) => {
    const levels = await nested(what);
    const [root] = levels;
    await on().client.setFlowRunState({ path: { id: levels[depth] }, body: { state: { type: 'CANCELLING' } } });
    const runs = await Promise.all(levels.map((id) => ended(id)));
    expect(runs.map(({ state_type }) => state_type)).toEqual(states);
    const named = runs.slice(1, depth + 1).map(({ name, id }) => `Flow run "${name}" (${id}) of deployment nest/here ended as `);
    const { state } = await read(root);
    for (const name of named) expect(state?.message?.split(name)).toHaveLength(2);
  });

  it.concurrent('a child that is deleted while its parent waits for it fails the parent, by name', async () => {
    const id = await on().trigger('nest/here', { mark: 'deleted', depth: 1 });
    const { id: deleted, name } = await child(id, '0');
    await on().until(deleted, ['RUNNING'], seconds);
    await on().client.deleteFlowRun({ path: { id: deleted } });
    expect((await ended(id)).state?.message).toBe(`Flow run "${name}" (${deleted}) was deleted while this run waited for its end.`);
    wake('deleted');
  });

  it.concurrent('a child goes on while its parent is suspended, and runs once', async () => {
    const mark = 'suspended';
    const id = await on().trigger('waiting/here', { mark });
    await began(mark, 'kept', 'launched');
    hold(mark);
    await command('flow-run', 'suspend', id);
    wake(mark);
    expect(await endings(id)).toEqual({ kept: 'COMPLETED', launched: 'COMPLETED' });
    await lastLine(id, /was suspended from outside/);
    release(mark);
    await command('flow-run', 'resume', id);
    expect((await ended(id)).state_type).toBe('COMPLETED');
    expect(begun(mark)).toEqual(['kept', 'launched']);
  });
}
