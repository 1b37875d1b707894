import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { StandInWorker } from '../test-support/stand-in-worker.ts';

let worker: StandInWorker;
beforeEach(async () => {
  worker = await StandInWorker.start();
});
afterEach(() => worker.close());

const digits = '356686000032329832';
const flowOf = (schema: string, body: string): string => `
  import { z } from 'zod';
  import { tableArtifact } from '@tributary/flow';
  export const main = flow({ name: 'export', parameters: z.object({ ${schema} }) }, async (given) => { ${body} });`;

describe('an integer that a number cannot hold', () => {
  it('reaches the flow as a bigint, and its result and artifacts digit by digit', async () => {
    const { host, run } = await worker.begin(
      flowOf(
        'id: z.unknown(), ids: z.array(z.bigint())',
        `await tableArtifact({ key: 'ids', table: [{ id: given.id, next: given.ids[0] + 1n }] });
         return { ...given, type: typeof given.id };`,
      ),
      { parameters: `{"id":${digits},"ids":[-${digits}]}` },
    );
    expect(await host.ended).toEqual({ code: 0, signal: null });
    expect(run.state).toMatchObject({
      type: 'COMPLETED',
      data: { value: { id: 356686000032329832n, ids: [-356686000032329832n], type: 'bigint' } },
    });
    const artifact = worker.server.calls.find(({ path }) => path === '/artifacts/');
    expect(artifact?.body).toMatchObject({ data: `[{"id":${digits},"next":-356686000032329831}]` });
    expect(worker.server.messages().join()).not.toContain('left out');
  });

  it.each(['z.number()', 'z.int()', 'z.union([z.number(), z.boolean()])', 'z.coerce.number()'])(
    'fails a flow that takes %s, in a sentence',
    async (schema) => {
      const { host, run } = await worker.begin(flowOf(`filter: z.object({ ids: z.array(${schema}) })`, 'return given;'), {
        parameters: `{"filter":{"ids":[1,${digits}]}}`,
      });
      await host.ended;
      expect(run.state).toMatchObject({ type: 'FAILED' });
      expect(run.state['message']).toContain(
        `filter.ids[1]: ${digits} is too large for a number, which would lose digits: send it as a text, and use z.string() in the schema`,
      );
    },
  );

  it('never fails the run that returns it, not even as a rounded number', async () => {
    const { host, run } = await worker.begin(`export const main = flow({ name: 'export' }, () => ({ big: 2n ** 64n, rounded: 2 ** 60 }));`);
    await host.ended;
    expect(run.state).toMatchObject({ type: 'COMPLETED', data: { value: { big: 18446744073709551616n, rounded: 1152921504606847000 } } });
  });

  it('is stored among the parameters of a child flow', async () => {
    const { host } = await worker.begin(`
      import { z } from 'zod';
      const child = flow({ name: 'child', parameters: z.object({ id: z.bigint() }) }, ({ id }) => String(id));
      export const main = flow({ name: 'export' }, () => child({ id: ${digits}n }));`);
    await host.ended;
    const created = worker.server.calls.find(({ method, path }) => method === 'POST' && path === '/flow_runs/');
    expect(created?.body).toMatchObject({ parameters: { id: 356686000032329832n } });
  });
});
