import { readJson } from '@tributary/contract/json';
import { createClock } from '@tributary/contract/time';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Example, startExample } from '../../test-support/example-server.ts';

/** Integers that a double can't hold exactly. */
const large = [
  '356686000032329832',
  '-356686000032329832',
  '9007199254740993',
  '1152921504606846976',
  '18446744073709551615',
  '10000000000000000000000',
];

let example: Example;
let flow: string;
let deployment: string;
beforeAll(async () => {
  example = await startExample();
  const made = await example.deploy();
  flow = made.flow.id;
  deployment = made.deployment.id;
});
afterAll(() => example.close());

/** Sends and returns text, because parsing would round the request and the answer alike. */
async function send(method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${example.server.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, text: await answer.text() };
}

async function ask(method: string, path: string, body?: string): Promise<string> {
  const { status, text } = await send(method, path, body);
  expect(status, `${method} ${path}: ${text}`).toBeLessThan(300);
  return text;
}

const idIn = (text: string): string => /"id":"([0-9a-f-]{36})"/.exec(text)?.[1] ?? '';
const makeRun = async (): Promise<string> => idIn(await ask('POST', `/deployments/${deployment}/create_flow_run`, '{}'));

describe('a request with a large integer', () => {
  const requests: [what: string, method: string, path: () => string | Promise<string>, body: (number: string) => string, place: string][] =
    [
      [
        'parameters of a run',
        'POST',
        () => `/deployments/${deployment}/create_flow_run`,
        (n) => `{"parameters":{"ids":[1,2,3,${n}]}}`,
        'parameters.ids[3]',
      ],
      [
        'job variables of a run',
        'POST',
        () => `/deployments/${deployment}/create_flow_run`,
        (n) => `{"job_variables":{"env":{"ID":${n}}}}`,
        'job_variables.env.ID',
      ],
      [
        'the context of a run',
        'POST',
        () => `/deployments/${deployment}/create_flow_run`,
        (n) => `{"context":{"a":{"b":${n}}}}`,
        'context.a.b',
      ],
      ['labels of a run', 'PATCH', async () => `/flow_runs/${await makeRun()}/labels`, (n) => `{"customer":${n}}`, 'customer'],
      [
        'new parameters of a run',
        'PATCH',
        async () => `/flow_runs/${await makeRun()}`,
        (n) => `{"parameters":{"id":${n}}}`,
        'parameters.id',
      ],
      [
        'a policy',
        'PATCH',
        async () => `/flow_runs/${await makeRun()}`,
        (n) => `{"empirical_policy":{"retries":1,"own":${n}}}`,
        'empirical_policy.own',
      ],
      [
        'parameters of a run created with a deployment id',
        'POST',
        () => '/flow_runs/',
        (n) => `{"flow_id":"${flow}","deployment_id":"${deployment}","parameters":{"id":${n}}}`,
        'parameters.id',
      ],
      [
        'parameters of a deployment',
        'POST',
        () => '/deployments/',
        (n) => `{"name":"other","flow_id":"${flow}","parameters":{"id":${n}}}`,
        'parameters.id',
      ],
      [
        'a pull step',
        'PATCH',
        () => `/deployments/${deployment}`,
        (n) => `{"pull_steps":[{"clone":{"depth":${n}}}]}`,
        'pull_steps[0].clone.depth',
      ],
      [
        'parameters of a schedule',
        'POST',
        () => `/deployments/${deployment}/schedules`,
        (n) => `[{"schedule":{"interval":60},"parameters":{"id":${n}}}]`,
        '[0].parameters.id',
      ],
      ['labels of a flow', 'POST', () => '/flows/', (n) => `{"name":"labelled","labels":{"a":${n}}}`, 'labels.a'],
      ['a variable', 'POST', () => '/variables/', (n) => `{"name":"customer","value":{"id":${n}}}`, 'value.id'],
      [
        "a work pool's template",
        'POST',
        () => '/work_pools/',
        (n) => `{"name":"p","type":"process","base_job_template":{"job_configuration":{"n":${n}},"variables":{}}}`,
        'base_job_template.job_configuration.n',
      ],
      [
        'the input of a paused run',
        'POST',
        async () => `/flow_runs/${await makeRun()}/resume`,
        (n) => `{"run_input":{"id":${n}}}`,
        'run_input.id',
      ],
    ];

  it.each(requests)('%s: is refused with the path and the remedy', async (_what, method, path, body, place) => {
    for (const number of large) {
      const { status, text } = await send(method, await path(), body(number));
      expect(status).toBe(422);
      const {
        exception_detail: [detail],
      } = JSON.parse(text);
      expect(detail.msg).toContain(`${place} is ${number}, `);
      expect(detail.msg).toContain(`write it as a text: "${number}"`);
      expect(detail.loc.join('.')).toBe(`body.${place.replace(/^\[(\d+)\]/, '$1').replaceAll(/\[(\d+)\]/g, '.$1')}`);
      // The refusal repeats the body as it was sent.
      expect(text).toContain(`"request_body":${body(number)}`);
    }
    // The remedy works: the route may refuse a string for another reason, but not for its digits.
    const remedied = await send(method, await path(), body(`"${large[0]}"`));
    expect(remedied.text).not.toContain('without losing digits');
  });

  it("isn't stored", async () => {
    const before = await ask('POST', '/flow_runs/count', '{}');
    await send('POST', `/deployments/${deployment}/create_flow_run`, '{"parameters":{"id":356686000032329832}}');
    expect(await ask('POST', '/flow_runs/count', '{}')).toBe(before);
  });

  it('in a secret is refused without repeating a digit', async () => {
    const type = idIn(await ask('GET', '/block_types/slug/secret'));
    const checksum = /"checksum":"([^"]+)"/;
    const schema = await ask('GET', `/block_schemas/checksum/sha256:c078ed9c1e813e224c0b353d7ad4564a11d51d3198d9ac0686478165a1911c78`);
    expect(schema).toMatch(checksum);
    const body = (value: string) =>
      `{"name":"pin","data":{"value":${value}},"block_type_id":"${type}","block_schema_id":"${idIn(schema)}"}`;
    const { status, text } = await send('POST', '/block_documents/', body('356686000032329832'));
    expect(status).toBe(422);
    expect(text).toContain('data.value is an integer of 18 digits');
    expect(text).not.toContain('3566860000');
    expect((await send('POST', '/block_documents/', body('"356686000032329832"'))).status).toBe(201);
  });

  it.each([
    ['/flow_runs/filter', '{"limit":356686000032329832}', 'expected number to be <=200'],
    ['/logs/filter', '{"logs":{"level":{"ge_":356686000032329832}}}', 'logs","level","ge_'],
    ['/v2/concurrency_limits/', '{"name":"n","limit":356686000032329832}', 'limit'],
  ])('%s %s: a large number in a field of the protocol is refused by its schema', async (path, body, words) => {
    const { status, text } = await send('POST', path, body);
    expect(status).toBe(422);
    expect(text).toContain(words);
    expect(text).not.toContain('356686000032329860');
  });

  it.each(['12345678901234567890.0', '1234567890123456789e1', '12.345678901234567891e30', '1e400'])(
    '%s is refused as well',
    async (number) => {
      const { status, text } = await send('POST', '/variables/', `{"name":"as-a-float","value":${number}}`);
      expect(status).toBe(422);
      expect(text).toContain('value is 1');
    },
  );

  it.each([
    '9007199254740991',
    '-9007199254740991',
    '9007199254740992',
    '1e22',
    '1.5e+300',
    '3.14159265358979323846',
    '0.1',
    '356686000032329860',
  ])('%s is accepted', async (number) => {
    const name = `v${crypto.randomUUID()}`;
    await ask('POST', '/variables/', `{"name":"${name}","value":${number}}`);
    expect(await ask('GET', `/variables/name/${name}`)).toContain(`"value":${JSON.stringify(Number(number))},`);
  });

  it('accepts digits within strings', async () => {
    const value = '"356686000032329832 and \\"356686000032329833\\", 1e999 too"';
    await ask('POST', '/variables/', `{"name":"a-text","value":${value}}`);
    expect(await ask('GET', '/variables/name/a-text')).toContain(value);
  });

  it("can't cause a long answer by exponents in a short body", async () => {
    const numbers = Array(5000).fill('1e4299').join();
    for (const [path, body] of [
      ['/variables/', `{"name":"amplified","value":[${numbers}]}`],
      ['/artifacts/', `{"key":"amplified","data":[${numbers}]}`],
    ] as const) {
      const { status, text } = await send('POST', path, body);
      expect(status).toBe(422);
      expect(text).toContain(
        'the exponents of numbers stand for more than 100,000 zeros: write the numbers without exponents, or as texts',
      );
      expect(text.length).toBeLessThan(1000);
    }
  });

  it('is refused if a number has more digits than Python reads', async () => {
    for (const number of ['1e999999999', '9'.repeat(5000)]) {
      const { status, text } = await send('POST', '/variables/', `{"name":"huge","value":${number}}`);
      expect(status).toBe(422);
      expect(text).toContain('more than 4,300 digits');
    }
  });
});

describe('a report with a large integer keeps its digits', () => {
  it('in the result of a flow run, in each answer', async () => {
    const data = `{"value":{"ids":[${large.join(',')}],"note":"356686000032329832"}}`;
    const run = await makeRun();
    await ask('POST', `/flow_runs/${run}/set_state`, '{"state":{"type":"RUNNING"},"force":true}');
    const answered = await ask('POST', `/flow_runs/${run}/set_state`, `{"state":{"type":"COMPLETED","data":${data}},"force":true}`);
    expect(answered).toContain(data);
    const id = `{"flow_runs":{"id":{"any_":["${run}"]}}}`;
    for (const answer of [
      await ask('GET', `/flow_runs/${run}`),
      await ask('GET', `/flow_run_states/?flow_run_id=${run}`),
      await ask('POST', '/flow_runs/filter', id),
      await ask('POST', '/flow_runs/paginate', id),
    ])
      expect(answer).toContain(data);
  });

  it('in the current state when a proposal is rejected', async () => {
    const run = await makeRun();
    await ask('POST', `/flow_runs/${run}/set_state`, `{"state":{"type":"COMPLETED","data":{"value":${large[0]}}},"force":true}`);
    expect(await ask('POST', `/flow_runs/${run}/set_state`, '{"state":{"type":"PENDING"}}')).toContain(`{"value":${large[0]}}`);
  });

  it("in a task run's state, sent by REST or by event", async () => {
    const run = await makeRun();
    const made = await ask(
      'POST',
      '/task_runs/',
      `{"flow_run_id":"${run}","task_key":"t","dynamic_key":"0","labels":{"customer":${large[0]}},"state":{"type":"PENDING"}}`,
    );
    const task = idIn(made);
    expect(made).toContain(`"customer":${large[0]}`);
    await ask('POST', `/task_runs/${task}/set_state`, `{"state":{"type":"FAILED","data":{"value":${large[4]}}},"force":true}`);
    expect(await ask('GET', `/task_runs/${task}`)).toContain(`"data":{"value":${large[4]}}`);

    const other = crypto.randomUUID();
    const at = createClock()();
    const event = `[{"id":"${crypto.randomUUID()}","occurred":"${at}","event":"prefect.task-run.Completed",
      "resource":{"prefect.resource.id":"prefect.task-run.${other}","prefect.orchestration":"client"},
      "related":[{"prefect.resource.id":"prefect.flow-run.${run}","prefect.resource.role":"flow-run"}],
      "payload":{"validated_state":{"type":"COMPLETED","name":"Completed","data":[${large.join(',')}]},
        "task_run":{"name":"e","task_key":"e","dynamic_key":"0","labels":{"n":${large[1]}},"start_time":"${at}",
          "task_inputs":{"x":[{"input_type":"constant","type":"int","value":${large[2]}}]}}}}]`;
    await ask('POST', '/events', event);
    const shown = await ask('POST', '/task_runs/filter', `{"task_runs":{"id":{"any_":["${other}"]}}}`);
    for (const part of [`[${large.join(',')}]`, `"n":${large[1]}`, `"value":${large[2]}`]) expect(shown).toContain(part);
  });

  it('in artifacts and their updates', async () => {
    const run = await makeRun();
    const made = await ask(
      'POST',
      '/artifacts/',
      `{"key":"ids","type":"table","flow_run_id":"${run}","data":{"rows":[${large.join(',')}]}}`,
    );
    expect(made).toContain(`[${large.join(',')}]`);
    await ask('PATCH', `/artifacts/${idIn(made)}`, `{"data":[${large[3]}]}`);
    for (const answer of [
      await ask('GET', `/artifacts/${idIn(made)}`),
      await ask('GET', '/artifacts/ids/latest'),
      await ask('POST', '/artifacts/filter', `{"artifacts":{"key":{"any_":["ids"]}}}`),
    ])
      expect(answer).toContain(`"data":[${large[3]}]`);
    await ask('POST', '/artifacts/', `{"key":"bar","type":"progress","flow_run_id":"${run}","data":${large[0]}}`);
    expect(await ask('GET', `/flow_runs/${run}/graph-v2`)).toContain(`"data":${large[0]}`);
  });

  it('in a run that a program creates for itself, as Python does for its flows', async () => {
    const parameters = `{"id":${large[0]}}`;
    const made = await ask('POST', '/flow_runs/', `{"flow_id":"${flow}","parameters":${parameters},"state":{"type":"PENDING"}}`);
    expect(made).toContain(`"parameters":${parameters}`);
    expect(await ask('POST', '/flow_runs/filter', `{"flow_runs":{"id":{"any_":["${idIn(made)}"]}}}`)).toContain(parameters);
  });

  it('in a schema with the bounds of a 64-bit integer, which still validates small values', async () => {
    const schema = '{"type":"object","properties":{"id":{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807}}}';
    const made = await ask('POST', '/deployments/', `{"name":"python","flow_id":"${flow}","parameter_openapi_schema":${schema}}`);
    expect(made).toContain(schema);
    await ask('PATCH', `/deployments/${idIn(made)}`, `{"parameter_openapi_schema":${schema},"parameters":{"id":5}}`);
    expect(await ask('GET', `/deployments/${idIn(made)}`)).toContain(schema);
    const path = `/deployments/${idIn(made)}/create_flow_run`;
    expect((await send('POST', path, '{"parameters":{"id":5}}')).status).toBe(201);
    expect((await send('POST', path, '{"parameters":{"id":"5"}}')).status).toBe(409);
    expect((await send('POST', path, `{"parameters":{"id":${large[0]}}}`)).status).toBe(422);
  });

  it("in the requests and answers of Tributary's client", async () => {
    const value = readJson(`{"ids":[${large.join(',')}]}`);
    const { data: artifact } = await example.client.createArtifact({ body: { key: 'by-client', data: value } });
    expect(artifact.data).toEqual({ ids: large.map(BigInt) });
    expect(await ask('GET', `/artifacts/${artifact.id}`)).toContain(large.join(','));
    await expect(example.client.createVariable({ body: { name: 'by-client', value } })).rejects.toThrow(
      `value.ids[0] is ${large[0]}, which a number can't hold`,
    );
  });
});
