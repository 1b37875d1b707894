import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { sayOn } from '../test-support/say.ts';
import { createStage, type Stage } from '../test-support/stage.ts';

const digits = '356686000032329832';

describe("integers that a number can't hold, on the command line", () => {
  let on: Stage;
  beforeAll(async () => {
    on = await createStage();
    await on.deploy('load', 'customers', {
      parameter_openapi_schema: { type: 'object', properties: { id: { type: 'string' }, limit: { type: 'integer' } } },
    });
  });
  afterAll(() => on.close());
  const { text, json } = sayOn(() => on);

  const count = async (): Promise<number> => (await on.client.countFlowRuns({ body: {} })).data;

  it.each([
    [['deployment', 'run', 'load/customers', '--param', `limit=${digits}`], '--param: limit is', `--param 'limit="${digits}"'`],
    [['deployment', 'run', 'load/customers', '--params', `{"ids":[1,${digits}]}`], '--params: ids[1] is', `"${digits}"`],
    [['variable', 'set', 'customer', digits], 'variable "customer" is', `'"${digits}"'`],
    [['variable', 'set', 'customer', `{"id":${digits}}`], 'variable "customer": id is', `"${digits}"`],
    [['work-pool', 'create', 'p', '--base-job-template', 'template.json'], 'job_configuration.n is', `"${digits}"`],
  ])('%j is misuse: the command says what to write, and sends nothing', async (args, place, cure) => {
    writeFileSync(join(on.root, 'template.json'), `{"job_configuration":{"n":${digits}},"variables":{}}`);
    const before = await count();
    const { code, stdout, stderr } = await on.command(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`${place} ${digits}. `);
    expect(stderr).toContain(`write it as text: ${cure}.`);
    expect(await count()).toBe(before);
    expect((await on.client.countVariables({ body: {} })).data).toBe(0);
  });

  it('are misuse in the input of a paused run too, unless the schema wants text', async () => {
    const id = await on.trigger(await on.deploy('asking', 'once'), 'question');
    await on.state(id, 'PENDING');
    await on.state(id, 'RUNNING');
    const schema = '{"type":"object","properties":{"id":{"type":"string"},"n":{"type":"integer"}}}';
    await on.client.createFlowRunInput({ path: { id }, body: { key: 'ask-schema', value: schema } });
    const state_details = {
      pause_timeout: new Date(Date.now() + 600_000).toISOString(),
      run_input_keyset: { schema: 'ask-schema', response: 'ask-response' },
    };
    await on.client.setFlowRunState({ path: { id }, body: { state: { type: 'PAUSED', state_details } } });
    for (const given of [
      ['--input', `n=${digits}`],
      ['--inputs', `{"n":${digits}}`],
    ]) {
      const { code, stderr } = await on.command(['flow-run', 'resume', 'question', ...given]);
      expect(code).toBe(2);
      expect(stderr).toContain(`${given[0]}: n is ${digits}. `);
    }
    await text('flow-run', 'resume', 'question', '--input', `id=${digits}`);
    expect((await on.client.readFlowRunInput({ path: { id, key: 'ask-response' } })).data).toEqual({ id: digits });
  });

  it('stay text if the deployment wants text', async () => {
    expect(await json('deployment', 'run', 'load/customers', '--param', `id=${digits}`)).toMatchObject({ parameters: { id: digits } });
  });

  it('are shown with every digit if programs reported them', async () => {
    const { data: flow } = await on.client.createFlow({ body: { name: 'python' } });
    const { data: run } = await on.client.createFlowRun({
      body: { flow_id: flow.id, name: 'by-itself', parameters: { id: BigInt(digits) } },
    });
    const state = { type: 'COMPLETED' as const, data: { value: [BigInt(digits)] } };
    await on.client.setFlowRunState({ path: { id: run.id }, body: { state, force: true } });
    await on.client.createArtifact({ body: { key: 'ids', type: 'table', data: `[{"id":${digits}}]`, flow_run_id: run.id } });
    await on.client.createArtifact({ body: { key: 'id', type: 'json', data: { id: BigInt(digits) } } });
    const shown = await text('flow-run', 'inspect', 'by-itself', '--json');
    expect(shown).toContain(`"id": ${digits}\n`);
    expect(shown).toMatch(new RegExp(`"value": \\[\\s+${digits}\\s+\\]`));
    expect(await text('flow-run', 'inspect', 'by-itself')).toContain(`{"id":${digits}}`);
    expect(await text('flow-run', 'ls', '--json')).toContain(`"id": ${digits}\n`);
    expect(await text('artifact', 'inspect', 'ids')).toMatch(new RegExp(`\nid\n${digits}\n$`));
    expect(await text('artifact', 'inspect', 'id')).toContain(`"id": ${digits}`);
    expect(await text('artifact', 'inspect', 'id', '--json')).toContain(`"id": ${digits}`);
  });
});
