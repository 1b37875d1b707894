import type { Talk } from '../talk/talk.ts';
import { type Script, unknownId } from './script.ts';

interface World {
  readonly flows: readonly string[];
  readonly deployments: readonly string[];
  readonly runs: readonly string[];
  readonly tasks: readonly string[];
  readonly pool: string;
}

const sorts = {
  flows: ['CREATED_DESC', 'UPDATED_DESC', 'NAME_ASC', 'NAME_DESC'],
  deployments: ['CREATED_DESC', 'UPDATED_DESC', 'NAME_ASC', 'NAME_DESC', 'CONCURRENCY_LIMIT_ASC', 'CONCURRENCY_LIMIT_DESC'],
  flow_runs: [
    'START_TIME_ASC',
    'START_TIME_DESC',
    'EXPECTED_START_TIME_ASC',
    'EXPECTED_START_TIME_DESC',
    'NAME_ASC',
    'NAME_DESC',
    'NEXT_SCHEDULED_START_TIME_ASC',
    'END_TIME_DESC',
    'ID_DESC',
  ],
  task_runs: [
    'EXPECTED_START_TIME_ASC',
    'EXPECTED_START_TIME_DESC',
    'NAME_ASC',
    'NAME_DESC',
    'NEXT_SCHEDULED_START_TIME_ASC',
    'END_TIME_DESC',
    'ID_DESC',
  ],
} as const;

/** Every key of every filter, every sort, pages and counts, with one small set of records. */
export const filters: Script = async (talk) => {
  const world = await create(talk);
  await everyKey(talk, world);
  await acrossNouns(talk, world);
  await everySort(talk);
  await pages(talk);
};

async function create(talk: Talk): Promise<World> {
  const pool = talk.name('pool');
  await talk.post('pool', '/work_pools/', { name: pool, type: 'tributary' });
  const flows: string[] = [];
  for (const [name, tags] of [
    ['f1', [talk.name('red'), talk.name('blue')]],
    ['f2', [talk.name('red')]],
    ['f3', []],
  ] as const) {
    const flow = await talk.post(`flow ${name}`, '/flows/', { name: talk.name(name), tags });
    flows.push(flow.text('id'));
  }
  const deployments: string[] = [];
  for (const [index, body] of [
    { name: talk.name('d1'), tags: [talk.name('red')], work_pool_name: pool, work_queue_name: 'fast', concurrency_limit: 9 },
    { name: talk.name('d2'), tags: [], work_pool_name: pool, paused: true, concurrency_limit: 1 },
    { name: talk.name('d3'), tags: [talk.name('red'), talk.name('blue')], concurrency_limit: 5 },
  ].entries()) {
    const deployment = await talk.post(`deployment ${index + 1}`, '/deployments/', { flow_id: flows[index] ?? unknownId, ...body });
    deployments.push(deployment.text('id'));
  }
  const runs: string[] = [];
  for (const [index, { type, deployment, tags, at }] of [
    { type: 'SCHEDULED', deployment: 0, tags: [talk.name('red')], at: 1_000_000 },
    { type: 'RUNNING', deployment: 0, tags: [talk.name('red'), talk.name('blue')], at: -3000 },
    { type: 'COMPLETED', deployment: 1, tags: [], at: -2000 },
    { type: 'FAILED', deployment: 2, tags: [talk.name('blue')], at: -1000 },
    { type: 'SCHEDULED', deployment: 2, tags: [talk.name('green')], at: 2_000_000 },
  ].entries()) {
    const run = await talk.post(`run ${index + 1}`, `/deployments/${deployments[deployment]}/create_flow_run`, {
      name: talk.name(`r${index + 1}`),
      tags,
      idempotency_key: talk.name(`key-${index + 1}`),
      state: { type: 'SCHEDULED', name: 'Waiting', state_details: { scheduled_time: talk.moment(at) } },
    });
    runs.push(run.text('id'));
    if (type === 'SCHEDULED') continue;
    await talk.post(`run ${index + 1} runs`, `/flow_runs/${run.text('id')}/set_state`, { state: { type: 'RUNNING' }, force: true });
    if (type !== 'RUNNING')
      await talk.post(`run ${index + 1} ends`, `/flow_runs/${run.text('id')}/set_state`, { state: { type }, force: true });
  }
  const tasks: string[] = [];
  for (const [index, { type, tags }] of [
    { type: 'COMPLETED', tags: [talk.name('red')] },
    { type: 'RUNNING', tags: [] },
    { type: 'PENDING', tags: [talk.name('blue')] },
  ].entries()) {
    const task = await talk.post(`task ${index + 1}`, '/task_runs/', {
      flow_run_id: runs[1],
      task_key: `t${index + 1}`,
      dynamic_key: '0',
      name: talk.name(`t${index + 1}`),
      tags,
      state: { type: 'PENDING' },
    });
    tasks.push(task.text('id'));
    if (type === 'PENDING') continue;
    await talk.post(`task ${index + 1} runs`, `/task_runs/${task.text('id')}/set_state`, { state: { type: 'RUNNING' } });
    if (type !== 'RUNNING') await talk.post(`task ${index + 1} ends`, `/task_runs/${task.text('id')}/set_state`, { state: { type } });
  }
  await talk.post('child', '/flow_runs/', {
    flow_id: flows[0],
    name: talk.name('r6'),
    parent_task_run_id: tasks[2],
    state: { type: 'PENDING' },
  });
  return { flows, deployments, runs, tasks, pool };
}

/** Requests the rows that match a filter, sorted by name, and then their count. */
async function ask(talk: Talk, noun: keyof typeof sorts, step: string, filter: object, joined: object = {}): Promise<void> {
  const own = { ...filter, ...('name' in filter || 'flow_or_deployment_name' in filter ? {} : { name: { like_: talk.name('') } }) };
  const body = { [noun]: own, ...joined };
  const answer = await talk.post(`${noun} ${step}`, `/${noun}/filter`, { ...body, sort: 'NAME_ASC' });
  talk.note(`${noun} ${step}: names`, names(answer.body));
  if (answer.status === 200) await talk.post(`${noun} ${step}: count`, `/${noun}/count`, body);
}

function names(body: unknown): unknown {
  if (!Array.isArray(body)) return undefined;
  return body.map((row: unknown) => {
    const name: unknown = Object(row)['name'];
    return typeof name === 'string' ? name.slice(name.lastIndexOf('-') + 1) : name;
  });
}

async function everyKey(talk: Talk, { flows, deployments, runs, tasks }: World): Promise<void> {
  const { name } = talk;
  const words: Readonly<Record<string, object>> = {
    'by name': { name: { any_: [name('f1'), name('d1'), name('r1'), name('t1')] } },
    'by part of a name': { name: { like_: name('') } },
    'by part of a name in capitals': { name: { like_: name('').toUpperCase() } },
    'by part of a name with %': { name: { like_: `${name('')}%1` } },
    'by all tags': { tags: { all_: [name('red'), name('blue')] } },
    'by any tag': { tags: { any_: [name('blue'), name('green')] } },
    'without tags': { tags: { is_null_: true } },
    'with tags': { tags: { is_null_: false } },
    'by both': { operator: 'and_', tags: { all_: [name('red')] }, name: { like_: '1' } },
    'by either': { operator: 'or_', tags: { all_: [name('blue')] }, name: { any_: [name('f3'), name('d2'), name('r3'), name('t2')] } },
    'by nothing': {},
    'by no ids': { id: { any_: [] } },
    'by an unknown id': { id: { any_: [unknownId] } },
    'by an invalid id': { id: { any_: ['nonesuch'] } },
    'by an unknown key': { colour: { any_: [] } },
    'by an unknown operator': { id: { none_: [] } },
  };
  for (const noun of ['flows', 'deployments', 'flow_runs', 'task_runs'] as const)
    for (const [step, filter] of Object.entries(words)) await ask(talk, noun, step, filter);

  await ask(talk, 'flows', 'by id', { id: { any_: [flows[0], flows[2]] } });
  await ask(talk, 'flows', 'not by id', { id: { not_any_: [flows[0]] } });
  await ask(talk, 'flows', 'with a deployment', { deployment: { is_null_: false } });
  await ask(talk, 'deployments', 'by id', { id: { any_: [deployments[0], deployments[2]] } });
  await ask(talk, 'deployments', 'by flow or own name', { flow_or_deployment_name: { like_: name('f2') } });
  await ask(talk, 'deployments', 'by flow and name', { flow_or_deployment_name: { like_: `${name('f1')}/${name('d1')}` } });
  await ask(talk, 'deployments', 'paused', { paused: { eq_: true } });
  await ask(talk, 'deployments', 'by queue', { work_queue_name: { any_: ['fast'] } });
  await ask(talk, 'deployments', 'by limit', { concurrency_limit: { ge_: 2 } });

  const flowRuns: Readonly<Record<string, object>> = {
    'by id': { id: { any_: [runs[0], runs[3]] } },
    'not by id': { id: { not_any_: [runs[0]] } },
    'by deployment': { deployment_id: { any_: [deployments[0]] } },
    'without a deployment': { deployment_id: { is_null_: true } },
    'by queue': { work_queue_name: { any_: ['fast'] } },
    'without a queue': { work_queue_name: { is_null_: true } },
    'by state type': { state: { type: { any_: ['RUNNING', 'COMPLETED'] } } },
    'not by state type': { state: { type: { not_any_: ['RUNNING', 'COMPLETED'] } } },
    'by state name': { state: { name: { any_: ['Waiting', 'Failed'] } } },
    'not by state name': { state: { name: { not_any_: ['Waiting'] } } },
    'by state type or name': { state: { operator: 'or_', type: { any_: ['RUNNING'] }, name: { any_: ['Waiting'] } } },
    'by an invalid state type': { state: { type: { any_: ['SLEEPING'] } } },
    'started after': { start_time: { after_: talk.moment(-60) } },
    'started before': { start_time: { before_: talk.moment(-60) } },
    'not started': { start_time: { is_null_: true } },
    started: { start_time: { is_null_: false } },
    'ended after': { end_time: { after_: talk.moment(-60) } },
    'not ended': { end_time: { is_null_: true } },
    'expected before': { expected_start_time: { before_: talk.moment(-1500) } },
    'expected after': { expected_start_time: { after_: talk.moment(500_000) } },
    'next before': { next_scheduled_start_time: { before_: talk.moment(1_500_000) } },
    'next after': { next_scheduled_start_time: { after_: talk.moment(1_500_000) } },
    'by an invalid time': { start_time: { after_: 'yesterday' } },
    'by parent run': { parent_flow_run_id: { any_: [runs[1]] } },
    'by parent task': { parent_task_run_id: { any_: [tasks[2]] } },
    'without a parent task': { parent_task_run_id: { is_null_: true } },
    'by idempotency key': { idempotency_key: { any_: [name('key-1'), name('key-4')] } },
    'not by idempotency key': { idempotency_key: { not_any_: [name('key-1'), name('key-4')] } },
    'by flow version': { flow_version: { any_: ['v'] } },
    'by labels': { labels: { a: 1 } },
    'by who made them': { created_by: { type: { any_: ['SCHEDULE'] } } },
  };
  for (const [step, filter] of Object.entries(flowRuns)) await ask(talk, 'flow_runs', step, filter);

  const taskRuns: Readonly<Record<string, object>> = {
    'by id': { id: { any_: [tasks[0], tasks[2]] } },
    'by state type': { state: { type: { any_: ['RUNNING'] } } },
    'by state name': { state: { name: { any_: ['Completed'] } } },
    'not by state type': { state: { type: { not_any_: ['RUNNING'] } } },
    'started after': { start_time: { after_: talk.moment(-60) } },
    'not started': { start_time: { is_null_: true } },
    'expected after': { expected_start_time: { after_: talk.moment(-60) } },
    'by flow run': { flow_run_id: { any_: [runs[1]] } },
    'without a flow run': { flow_run_id: { is_null_: true } },
    'with a child run': { subflow_runs: { exists_: true } },
    'without a child run': { subflow_runs: { exists_: false } },
  };
  for (const [step, filter] of Object.entries(taskRuns)) await ask(talk, 'task_runs', step, filter);
}

async function acrossNouns(talk: Talk, { flows, deployments, runs, tasks, pool }: World): Promise<void> {
  const { name } = talk;
  const joins: Readonly<Record<string, object>> = {
    'of a flow': { flows: { id: { any_: [flows[0]] } } },
    'of flows by tag': { flows: { tags: { all_: [name('red')] } } },
    'of a deployment': { deployments: { id: { any_: [deployments[2]] } } },
    'of deployments by name': { deployments: { name: { any_: [name('d1')] } } },
    'of a flow run': { flow_runs: { id: { any_: [runs[1]] } } },
    'of flow runs by state': { flow_runs: { state: { type: { any_: ['FAILED'] } } } },
    'of a task run': { task_runs: { id: { any_: [tasks[0]] } } },
    'of a pool': { work_pools: { name: { any_: [pool] } } },
    'of a queue': { work_pool_queues: { name: { any_: ['fast'] } } },
    'of nothing known': { colours: {} },
    'of a flow and a state': { flows: { name: { any_: [name('f1')] } }, flow_runs: { state: { type: { any_: ['RUNNING'] } } } },
  };
  for (const noun of ['flows', 'deployments', 'flow_runs', 'task_runs'] as const)
    for (const [step, joined] of Object.entries(joins)) if (!(noun in joined)) await ask(talk, noun, step, {}, joined);
}

async function everySort(talk: Talk): Promise<void> {
  for (const [noun, values] of Object.entries(sorts)) {
    for (const sort of values) {
      const body = { [noun]: { name: { like_: talk.name('') } }, sort };
      // These sorts don't define an order for rows that lack the time, and ids are random.
      const arranged = /ID_DESC|TIME|LIMIT/.test(sort) ? { arrangedBy: 'name' } : {};
      const answer = await talk.post(`${noun} sorted ${sort}`, `/${noun}/filter`, body, arranged);
      if (sort.startsWith('EXPECTED') && noun === 'flow_runs') talk.note(`${noun} sorted ${sort}: names`, names(answer.body));
      if (sort === 'ID_DESC' && Array.isArray(answer.body)) {
        const ids = answer.body.map((_, index) => answer.text(index, 'id'));
        talk.note(`${noun} sorted ${sort}: by ids`, ids.join() === ids.toSorted().toReversed().join());
      }
    }
    await talk.post(`${noun} sorted by nothing known`, `/${noun}/filter`, { sort: 'COLOUR_ASC', limit: 1 });
    await talk.post(`${noun} sorted by null`, `/${noun}/filter`, { sort: null, limit: 1 }, { statusOnly: true });
  }
}

async function pages(talk: Talk): Promise<void> {
  for (const noun of ['flows', 'deployments', 'flow_runs', 'task_runs']) {
    const own = { [noun]: { name: { like_: talk.name('') } }, sort: 'NAME_ASC' };
    const ask_ = (step: string, more: object) => talk.post(`${noun}, ${step}`, `/${noun}/filter`, { ...own, ...more });
    await ask_('two of them', { limit: 2 });
    await ask_('the next two', { limit: 2, offset: 2 });
    await ask_('behind the last', { limit: 2, offset: 100 });
    await ask_('no rows', { limit: 0 });
    await ask_('200 rows', { limit: 200 });
    await ask_('201 rows', { limit: 201 });
    await ask_('fewer than none', { limit: -1 });
    await ask_('before the first', { offset: -1 });
    await ask_('half a row', { limit: 1.5 });
    await ask_('rows in words', { limit: 'many' });
    await ask_('null rows', { limit: null });
    await ask_('an unknown key', { colour: 'red' });
    await talk.post(`${noun}, a null filter`, `/${noun}/filter`, { ...own, flows: null, limit: 1, [noun]: own[noun] });
    await talk.post(`${noun}, no body`, `/${noun}/count`, undefined, { statusOnly: true });
  }
  for (const noun of ['deployments', 'flow_runs', 'task_runs']) await pageByPage(talk, noun);
}

async function pageByPage(talk: Talk, noun: string): Promise<void> {
  const own = { [noun]: { name: { like_: talk.name('') } }, sort: 'NAME_ASC' };
  for (const [step, more] of Object.entries({
    'first page': { limit: 2, page: 1 },
    'second page': { limit: 2, page: 2 },
    'no page': {},
    'page nothing': { page: 0 },
    'page behind the last': { limit: 2, page: 9 },
    'no rows': { limit: 0 },
  }))
    await talk.post(`${noun}, paginate: ${step}`, `/${noun}/paginate`, { ...own, ...more });
}
