import type { FlowRunId } from '@tributary/contract/id';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { createStage, type Stage } from '../test-support/stage.ts';
import { findFlowRun } from './find.ts';

let on: Stage;
let ids: readonly [FlowRunId, FlowRunId];
beforeAll(async () => {
  on = await createStage();
  const deployment = await on.deploy('export', 'products');
  // The server of this stage runs in this process, so the test chooses how the ids begin.
  const random = crypto.randomUUID.bind(crypto);
  const beginning = vi.spyOn(crypto, 'randomUUID').mockImplementation(() => {
    const [, ...rest] = random().split('-');
    return `beef${random().slice(0, 4)}-${rest[0]}-${rest[1]}-${rest[2]}-${rest[3]}`;
  });
  ids = [await on.trigger(deployment, 'one'), await on.trigger(deployment, 'two')];
  beginning.mockRestore();
  await on.trigger(deployment, 'cafe');
});
afterAll(() => on.close());

describe.each([
  ['our server', ['tree']],
  ['a Prefect server', []],
])('on %s, a flow run', (_, features) => {
  const find = (wanted: string) =>
    findFlowRun({ client: on.client, engine: { url: on.url, kind: 'tributary', credential: null, features } }, wanted);

  it('is found by the beginning of its id, in upper and lower case', async () => {
    for (const id of ids) for (const length of [8, 12, 35, 36]) expect(await find(id.slice(0, length))).toMatchObject({ id });
    expect(await find(ids[0].slice(0, 12).toUpperCase())).toMatchObject({ id: ids[0] });
  });

  it('is named with the others whose ids begin in the same way', async () => {
    const refused = await find('beef').then(String, String);
    expect(refused).toContain('The ids of several flow runs begin with "beef": give more of the id.');
    expect(refused.split('\n').slice(1).toSorted()).toEqual([`  ${ids[0]}  one (Scheduled)`, `  ${ids[1]}  two (Scheduled)`].toSorted());
  });

  it('is found by its name first, even if the name looks like the beginning of an id', async () => {
    expect(await find('cafe')).toMatchObject({ name: 'cafe' });
  });
});

it('a beginning that no id has is answered with what was searched', async () => {
  const find = (features: string[]) =>
    findFlowRun({ client: on.client, engine: { url: on.url, kind: 'tributary', credential: null, features } }, '0123-4567');
  await expect(find(['tree'])).rejects.toThrow('There is no flow run "0123-4567". "tributary flow-run ls" lists the latest.');
  await expect(find([])).rejects.toThrow('Only the latest 1000 runs were searched');
});
