import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { FlowRunId } from '@tributary/contract';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { expect } from 'vitest';

import { eventually } from './eventually.ts';
import type { Installation } from './installation.ts';

/** An installation with the flows of `parent-end-flows.ts`. */
export type ParentEnds = Pick<Installation, 'client' | 'workspace' | 'command' | 'trigger' | 'until'> & {
  ended(id: FlowRunId, seconds?: number): Promise<FlowRun>;
};

/** Functions that look at the families of one installation. @param seconds how long a family may take */
export function familiesOn(on: () => ParentEnds, seconds: number) {
  const file = (mark: string): string => join(on().workspace.home, 'data', mark);
  const begun = (mark: string): string[] => (existsSync(file(mark)) ? readFileSync(file(mark), 'utf8').trim().split('\n').toSorted() : []);
  const read = async (id: FlowRunId): Promise<FlowRun> => (await on().client.readFlowRun({ path: { id } })).data;
  const children = async (id: FlowRunId): Promise<FlowRun[]> =>
    (await on().client.filterFlowRuns({ body: { flow_runs: { parent_flow_run_id: { any_: [id] } } } })).data;
  const ended = (id: FlowRunId): Promise<FlowRun> => on().ended(id, seconds);
  const child = async (id: FlowRunId, nth: string): Promise<FlowRun> => {
    const called = ({ name }: FlowRun): boolean => name.endsWith(` ${nth}`);
    const found = await eventually(
      () => children(id),
      (all) => all.some(called),
      seconds,
    );
    const one = found.find(called);
    if (!one) throw new Error('unreachable');
    return one;
  };
  return {
    begun,
    read,
    children,
    ended,
    /** lets the sleepers of a mark end */
    wake: (mark: string): void => writeFileSync(`${file(mark)}.go`, ''),
    /** keeps a waiting parent at its last step, so that it reaches a next task whenever its process learns of a suspend */
    hold: (mark: string): void => writeFileSync(`${file(mark)}.hold`, ''),
    release: (mark: string): void => rmSync(`${file(mark)}.hold`),
    /** waits until these sleepers have begun */
    began: (mark: string, ...nths: string[]): Promise<string[]> =>
      eventually(
        () => begun(mark),
        (list) => nths.every((nth) => list.includes(nth)),
        seconds,
      ),
    /** @returns the child whose name ends like this, once there is one */
    child,
    /**
     * Waits until these children are Cancelled. On a Prefect server, the host cancels them only after the parent's end, so a test that wakes
     * them earlier may see them complete.
     */
    async cancelled(id: FlowRunId, ...nths: string[]): Promise<void> {
      for (const nth of nths) expect((await ended((await child(id, nth)).id)).state_type).toBe('CANCELLED');
    },
    /** how the children have ended, by the last word of their names */
    async endings(id: FlowRunId): Promise<Record<string, string>> {
      const all = await Promise.all((await children(id)).map((run) => ended(run.id)));
      return Object.fromEntries(all.map(({ name, state_type }) => [name.split(' ').at(-1) ?? name, state_type ?? '']));
    },
    /** @returns the last line of a run's log, once it is like this */
    async lastLine(id: FlowRunId, like: RegExp): Promise<string> {
      const lines = await eventually(
        async () =>
          (await on().client.filterLogs({ body: { logs: { flow_run_id: { any_: [id] } }, sort: 'TIMESTAMP_DESC', limit: 1 } })).data,
        ([line]) => like.test(line?.message ?? ''),
        seconds,
      );
      return lines[0]?.message ?? '';
    },
    async command(...args: string[]): Promise<void> {
      const { code, stderr } = await on().command(args).ended;
      expect([code, stderr]).toEqual([0, expect.anything()]);
    },
  };
}
