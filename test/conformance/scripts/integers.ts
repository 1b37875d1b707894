import type { Script } from './script.ts';

/** Integers that JavaScript's numbers can't hold. They are written as text, because JavaScript would round them as numbers. */
export const integers: Script = async (talk) => {
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f') });
  const flowId = flow.text('id');
  const deployment = await talk.post('deployment', '/deployments/', { name: 'd', flow_id: flowId, enforce_parameter_schema: false });
  const path = `/deployments/${deployment.text('id')}`;
  const raw = (text: string) => ({ raw: text });
  for (const number of ['356686000032329832', '-9007199254740993']) {
    await talk.post(`ask for a run with ${number}`, `${path}/create_flow_run`, undefined, raw(`{"parameters":{"ids":[1,${number}]}}`));
    await talk.patch(`ask for a deployment with ${number}`, path, undefined, raw(`{"parameters":{"id":${number}}}`));
    await talk.post(
      `ask for a variable with ${number}`,
      '/variables/',
      undefined,
      raw(`{"name":"large_${talk.name(number).replaceAll(/[^a-z0-9]/g, '')}","value":${number}}`),
    );
  }
  const numbers = '[356686000032329832,-9007199254740993,18446744073709551615,1e22,9007199254740992]';
  const run = await talk.post(
    'a run of a program by itself',
    '/flow_runs/',
    undefined,
    raw(`{"flow_id":"${flowId}","name":"${talk.name('r')}","parameters":{"ids":${numbers}},"state":{"type":"PENDING"}}`),
  );
  const id = run.text('id');
  await talk.post('RUNNING', `/flow_runs/${id}/set_state`, { state: { type: 'RUNNING' } });
  await talk.post(
    'COMPLETED with a result',
    `/flow_runs/${id}/set_state`,
    undefined,
    raw(`{"state":{"type":"COMPLETED","data":{"value":${numbers}}}}`),
  );
  await talk.get('the run', `/flow_runs/${id}`);
  await talk.get('its states', `/flow_run_states/?flow_run_id=${id}`);
  await talk.post('found by a filter', '/flow_runs/filter', { flow_runs: { id: { any_: [id] } } });
  const artifact = await talk.post(
    'an artifact',
    '/artifacts/',
    undefined,
    raw(`{"key":"${talk.name('a')}","type":"json","data":${numbers}}`),
  );
  await talk.get('the artifact', `/artifacts/${artifact.text('id')}`);
  const schema = '{"type":"object","properties":{"id":{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807}}}';
  const bounds = `{"name":"bounds","flow_id":"${flowId}","parameter_openapi_schema":${schema}}`;
  const bounded = await talk.post('a schema with the bounds of 64 bits', '/deployments/', undefined, raw(bounds));
  await talk.get('the deployment with the schema', `/deployments/${bounded.text('id')}`);
};
