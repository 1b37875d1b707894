import { type Script, unknownId } from './script.ts';

export const logs: Script = async (talk) => {
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f') });
  const run = await talk.post('run', '/flow_runs/', { flow_id: flow.text('id') });
  const flow_run_id = run.text('id');
  const task = await talk.post('task run', '/task_runs/', { flow_run_id, task_key: 'k', dynamic_key: '0', name: 't' });
  const task_run_id = task.text('id');
  const line = (level: number, message: string, seconds: number, more: object = {}) => ({
    name: 'prefect.flow_runs',
    level,
    message,
    timestamp: talk.moment(seconds - 10_000),
    flow_run_id,
    ...more,
  });
  await talk.post('create', '/logs/', [
    line(20, 'first', 1),
    line(30, 'second', 2, { task_run_id }),
    line(40, 'third, 100% of it_', 3),
    line(10, 'żółć\n流れ', 4),
    line(50, '', 5),
  ]);
  await talk.post('create none', '/logs/', []);
  await talk.post('create without a run', '/logs/', [{ name: 'n', level: 20, message: 'alone', timestamp: talk.moment(-9000) }]);
  await talk.post('create with nulls', '/logs/', [line(20, 'nulls', 6, { task_run_id: null })]);
  const nobody = crypto.randomUUID();
  await talk.post('create of an unknown run', '/logs/', [line(20, 'unknown', 7, { flow_run_id: nobody })]);
  await talk.post('create with an unknown key', '/logs/', [line(20, 'x', 8, { worker_id: unknownId })]);
  await talk.post('create with a wrong level', '/logs/', [line(20, 'x', 8, { level: 'info' })]);
  await talk.post('create with a level that is not whole', '/logs/', [line(20, 'x', 8, { level: 20.5 })]);
  await talk.post('create with a wrong time', '/logs/', [line(20, 'x', 8, { timestamp: 'soon' })]);
  await talk.post('create without a message', '/logs/', [{ name: 'n', level: 20, timestamp: talk.moment(0) }]);
  await talk.post('create one instead of a list', '/logs/', line(20, 'x', 8));
  const own = { flow_run_id: { any_: [flow_run_id] } };
  const filter = (step: string, body: object) => talk.post(step, '/logs/filter', body);
  await filter('sorted up', { logs: own, sort: 'TIMESTAMP_ASC' });
  await filter('sorted down', { logs: own, sort: 'TIMESTAMP_DESC' });
  await filter('sorted as usual', { logs: own });
  await filter('sorted wrong', { logs: own, sort: 'LEVEL_ASC' });
  await filter('a page', { logs: own, limit: 2, offset: 1 });
  await filter('no rows', { logs: own, limit: 0 });
  await filter('too many rows', { logs: own, limit: 201 });
  await filter('fewer than no rows', { logs: own, limit: -1 });
  await filter('before the first', { logs: own, offset: -1 });
  await filter('at least warnings', { logs: { ...own, level: { ge_: 30 } } });
  await filter('at most warnings', { logs: { ...own, level: { le_: 30 } } });
  await filter('before', { logs: { ...own, timestamp: { before_: talk.moment(2 - 10_000) } } });
  await filter('after', { logs: { ...own, timestamp: { after_: talk.moment(3 - 10_000) } } });
  await filter('of a task run', { logs: { task_run_id: { any_: [task_run_id] } } });
  await filter('of no task run', { logs: { ...own, task_run_id: { is_null_: true } } });
  await filter('of some task run', { logs: { ...own, task_run_id: { is_null_: false } } });
  await filter('of an unknown run', { logs: { flow_run_id: { any_: [nobody] } } });
  await filter('of a wrong id', { logs: { flow_run_id: { any_: ['nonesuch'] } } });
  await filter('by an unknown key', { logs: { colour: {} } });
  await filter('one or the other', {
    logs: { operator: 'or_', level: { ge_: 51 }, timestamp: { before_: '1971-01-01T00:00:00Z' }, flow_run_id: own.flow_run_id },
  });
};
