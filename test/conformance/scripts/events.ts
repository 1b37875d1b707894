import type { Reply } from '../talk/reply.ts';
import type { Talk } from '../talk/talk.ts';
import type { Script } from './script.ts';

/** Task runs of ordinary tasks. The client computes their counters and times, and reports each state as an event. */
export const events: Script = async (talk) => {
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f') });
  const run = await talk.post('run', '/flow_runs/', { flow_id: flow.text('id'), name: talk.name('r'), state: { type: 'RUNNING' } });
  const flow_run_id = run.text('id');
  const task = (name: string, key: string, more: object = {}) => reporter(talk, flow_run_id, name, key, more);

  const completed = task('completed', '1');
  const retried = task('retried', '2');
  const failed = task('failed', '3', { task_inputs: { value: [{ input_type: 'task_run', id: completed.id }], wait_for: [] } });
  const running = task('running', '4', { task_inputs: { __parents__: [{ input_type: 'task_run', id: failed.id }] } });
  await completed.report('PENDING', 'RUNNING', 'COMPLETED');
  await retried.report('PENDING', 'RUNNING', 'SCHEDULED', 'RUNNING', 'COMPLETED');
  await failed.report('PENDING', 'RUNNING', 'FAILED');
  await running.report('PENDING', 'RUNNING');
  for (const one of [completed, retried, failed, running]) await one.read();
  const own = { task_runs: { flow_run_id: { any_: [flow_run_id] } }, sort: 'NAME_ASC' };
  await talk.post('all task runs', '/task_runs/filter', own);
  await talk.post('count of task runs', '/task_runs/count', { task_runs: own.task_runs });
  await talk.get('the graph', `/flow_runs/${flow_run_id}/graph-v2`);

  const late = task('late', '5');
  await late.report('PENDING', 'COMPLETED', 'RUNNING');
  await late.read();
  await completed.again();
  await talk.get('reported twice', `/task_runs/${completed.id}`);

  await talk.post('no events', '/events', []);
  await talk.post('an event of the user', '/events', [
    { id: crypto.randomUUID(), occurred: talk.moment(0), event: 'my.event', resource: { 'prefect.resource.id': 'my.thing' } },
  ]);
  await talk.post('an event without a resource id', '/events', [
    { id: crypto.randomUUID(), occurred: talk.moment(0), event: 'my.event', resource: { name: 'x' } },
  ]);
  await talk.post('an event without an id', '/events', [
    { occurred: talk.moment(0), event: 'my.event', resource: { 'prefect.resource.id': 'my.thing' } },
  ]);
  await talk.post('one event instead of a list', '/events', { event: 'x' });
  await talk.post('an event without a name', '/events', [{ id: crypto.randomUUID(), occurred: talk.moment(0), resource: {} }]);
};

interface Reporter {
  readonly id: string;
  report(...types: readonly string[]): Promise<void>;
  /** sends the last report once more */
  again(): Promise<void>;
  /** waits until the server has recorded the last reported state */
  read(): Promise<void>;
}

function reporter(talk: Talk, flow_run_id: string, name: string, key: string, more: object): Reporter {
  // Both servers get the same id, because the client chooses the id of a task run.
  const id = idOf(talk, `task ${key}`);
  let batch: object[] = [];
  let last = '';
  return {
    id,
    report: async (...types) => {
      let before: string | null = null;
      let runs = 0;
      batch = types.map((type, index) => {
        if (type === 'RUNNING') runs += 1;
        const state = idOf(talk, `state ${key} ${index}`);
        const event = eventOf(talk, {
          id,
          flow_run_id,
          name,
          key,
          type,
          state,
          follows: before,
          at: Number(key) * 100 + index,
          runs,
          from: types[index - 1],
          more,
        });
        before = state;
        last = type;
        return event;
      });
      await talk.post(`report ${name}`, '/events', batch);
    },
    again: async () => {
      await talk.post(`report ${name} again`, '/events', batch);
    },
    read: async () => {
      const isThere = (reply: Reply) => reply.at('state_type') === last;
      await talk.until(`read ${name}`, { method: 'GET', path: `/task_runs/${id}` }, isThere, name === 'late' ? 5 : 30);
    },
  };
}

interface Reported {
  readonly id: string;
  readonly flow_run_id: string;
  readonly name: string;
  readonly key: string;
  readonly type: string;
  readonly from: string | undefined;
  readonly state: string;
  readonly follows: string | null;
  readonly at: number;
  readonly runs: number;
  readonly more: object;
}

function eventOf(talk: Talk, reported: Reported): object {
  const { id, flow_run_id, name, key, type, state, at, runs } = reported;
  const occurred = talk.moment(at - 100_000);
  const title = `${type[0]}${type.slice(1).toLowerCase()}`;
  const ended = type === 'COMPLETED' || type === 'FAILED';
  return {
    id: state,
    occurred,
    event: `prefect.task-run.${title}`,
    follows: reported.follows,
    resource: {
      'prefect.resource.id': `prefect.task-run.${id}`,
      'prefect.resource.name': talk.name(name),
      'prefect.state-type': type,
      'prefect.state-name': title,
      'prefect.state-timestamp': occurred,
      'prefect.state-message': `is ${type}`,
      'prefect.run-count': String(runs),
      'prefect.orchestration': 'client',
    },
    related: [{ 'prefect.resource.id': `prefect.flow-run.${flow_run_id}`, 'prefect.resource.role': 'flow-run' }],
    payload: {
      intended: { from: reported.from ?? null, to: type },
      initial_state: reported.from ? { type: reported.from, name: reported.from, message: '', state_details: {} } : null,
      validated_state: {
        type,
        name: title,
        message: `is ${type}`,
        state_details: { flow_run_id, task_run_id: id, cache_key: null, untrackable_result: false },
        data: type === 'COMPLETED' ? { value: 1 } : null,
      },
      task_run: {
        name: talk.name(name),
        task_key: `task-${key}`,
        dynamic_key: key,
        tags: ['t'],
        task_inputs: {},
        empirical_policy: { retries: 1, retry_delay: 2, max_retries: 1, retry_delay_seconds: 2 },
        run_count: runs,
        flow_run_run_count: 1,
        expected_start_time: talk.moment(-100_000),
        start_time: runs > 0 ? talk.moment(Number(key) * 100 + 1 - 100_000) : null,
        end_time: ended ? occurred : null,
        total_run_time: ended ? 12.5 : 0,
        labels: { reported: true },
        ...reported.more,
      },
    },
  };
}

/** Computes a uuid from a text, so that both servers get the same one. */
function idOf(talk: Talk, text: string): string {
  const hex = Array.from(talk.name(text), (sign) => (sign.codePointAt(0) ?? 0).toString(16).padStart(2, '0'))
    .join('')
    .slice(-32)
    .padStart(32, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
