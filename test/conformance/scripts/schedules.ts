import type { Reply } from '../talk/reply.ts';
import type { Talk } from '../talk/talk.ts';
import { type Script, unknownId } from './script.ts';

/** Schedules whose next runs are far ahead or on the hour, so that both servers plan the same runs even if one plans later. */
const kinds: Readonly<Record<string, object>> = {
  'cron yearly': { cron: '0 0 1 1 *', timezone: 'UTC' },
  'cron in a timezone': { cron: '30 2 * * 0', timezone: 'Europe/Berlin' },
  'cron by weekday or day': { cron: '0 12 1-7 * 5', timezone: 'UTC', day_or: true },
  'cron by weekday and day': { cron: '0 12 1-7 * 5', timezone: 'UTC', day_or: false },
  'cron by nickname': { cron: '@weekly', timezone: 'UTC' },
  'cron by names': { cron: '0 6 * JAN-MAR MON,WED', timezone: 'America/New_York' },
  'cron without a timezone': { cron: '15 3 1 * *' },
  'cron with years': { cron: '0 6 1 1 * 0 2020-2090', timezone: 'UTC' },
  'cron over the end of a field': { cron: '0 6 * * FRI-MON', timezone: 'UTC' },
  'cron by day or weekday of the month': { cron: '0 12 1 * 5#2', timezone: 'UTC' },
  'interval of a week': { interval: 604_800, anchor_date: '2020-01-06T09:00:00Z', timezone: 'UTC' },
  'interval of a day in a timezone': { interval: 86_400, anchor_date: '2020-01-01T02:30:00+01:00', timezone: 'Europe/Berlin' },
  'interval of a day and a half': { interval: 129_600, anchor_date: '2021-01-01T00:00:00Z' },
  'interval with an anchor ahead': { interval: 172_800, anchor_date: '2031-01-01T00:00:00Z' },
  'rrule weekly': { rrule: 'DTSTART:20200106T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE', timezone: 'UTC' },
  'rrule in a timezone': { rrule: 'DTSTART:20200101T023000\nRRULE:FREQ=DAILY;INTERVAL=2', timezone: 'Europe/Berlin' },
  'rrule without a start': { rrule: 'FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=18;BYMINUTE=0;BYSECOND=0' },
  'rrule by position': { rrule: 'DTSTART:20200101T080000\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', timezone: 'UTC' },
  'rrule with exclusions': {
    rrule: 'DTSTART:20200106T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE\nEXRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO\nEXDATE:20200108T090000',
    timezone: 'UTC',
  },
  'rrule with an end': { rrule: 'DTSTART:20270101T000000Z\nRRULE:FREQ=DAILY;UNTIL=20270103T000000Z' },
  'rrule that has ended': { rrule: 'DTSTART:20200101T000000Z\nRRULE:FREQ=DAILY;COUNT=3', timezone: 'UTC' },
};

const wrong: Readonly<Record<string, object>> = {
  'an invalid cron': { cron: 'sometimes' },
  'a cron of six fields': { cron: '0 0 1 1 * 30' },
  'a cron with an invalid day': { cron: '0 0 0 1 1' },
  'a cron with R': { cron: 'R 0 * * *' },
  'an unknown timezone': { cron: '0 0 * * *', timezone: 'Mars/Olympus' },
  'an interval of nothing': { interval: 0 },
  'an interval backwards': { interval: -60 },
  'an interval in words': { interval: 'daily' },
  'an interval as ISO': { interval: 'P7D', anchor_date: '2020-01-01T00:00:00Z' },
  'an invalid rrule': { rrule: 'every day' },
  'an rrule that is too long': { rrule: `DTSTART:20200101T000000\nRRULE:FREQ=DAILY;BYHOUR=${'1,'.repeat(3300)}1` },
  'two kinds at once': { cron: '0 0 * * *', interval: 60 },
  'an unknown key': { cron: '0 0 * * *', colour: 'red' },
};

/** Schedules that only a Prefect server accepts. They are inactive, because schedules that never fire break Prefect's scheduler. */
const refused: Readonly<Record<string, object>> = {
  'a cron that never fires': { cron: '0 0 31 2 *' },
  'an rrule that excludes all': { rrule: 'RRULE:FREQ=DAILY\nEXRULE:FREQ=DAILY' },
  'a cron with a range of one hour': { cron: '0 9-9 * * *' },
  'a cron with a random minute': { cron: 'R(0-5) 0 * * *' },
  'an rrule by Easter': { rrule: 'FREQ=YEARLY;BYEASTER=0' },
  'an rrule with a part twice': { rrule: 'FREQ=DAILY;FREQ=WEEKLY' },
};

export const schedules: Script = async (talk) => {
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f') });
  const flow_id = flow.text('id');
  const deploy = (step: string, body: object) => talk.post(step, '/deployments/', { flow_id, name: talk.name(step), ...body });

  const planned: { readonly kind: string; readonly id: string }[] = [];
  for (const [kind, schedule] of Object.entries(kinds)) {
    const deployment = await deploy(kind, { schedules: [{ schedule, active: true }] });
    planned.push({ kind, id: deployment.text('id') });
  }
  for (const [kind, schedule] of Object.entries(wrong)) await deploy(kind, { schedules: [{ schedule }] });
  for (const [kind, schedule] of Object.entries(refused)) await deploy(kind, { schedules: [{ schedule, active: false }] });

  await slugs(talk, flow_id);
  await routes(talk, flow_id);

  for (const { kind, id } of planned) await plannedRuns(talk, kind, id);
  await changes(talk, planned[0]?.id ?? unknownId);
};

function runsOf(id: string): object {
  return { flow_runs: { deployment_id: { any_: [id] } }, sort: 'EXPECTED_START_TIME_ASC', limit: 4 };
}

async function plannedRuns(talk: Talk, kind: string, id: string): Promise<void> {
  const ended = kind === 'rrule that has ended';
  const asking = { method: 'POST', path: '/flow_runs/filter', body: runsOf(id) } as const;
  const isThere = (reply: Reply) => ended || (Array.isArray(reply.body) && reply.body.length > 0);
  const runs = await talk.until(`runs of ${kind}`, asking, isThere, 30);
  talk.note(`idempotency key of ${kind}`, runs.at(0, 'idempotency_key'));
}

async function changes(talk: Talk, id: string): Promise<void> {
  const path = `/deployments/${id}`;
  await talk.post('pause', `${path}/pause_deployment`);
  await talk.post('runs of the paused one', '/flow_runs/filter', runsOf(id));
  await talk.post('resume', `${path}/resume_deployment`);
  const first = await talk.until(
    'runs of the resumed one',
    { method: 'POST', path: '/flow_runs/filter', body: runsOf(id) },
    (reply) => Array.isArray(reply.body) && reply.body.length > 0,
    30,
  );
  // Changing the schedules deletes the planned runs that haven't started. So one run starts first, to be kept.
  await talk.post('one of them starts', `/flow_runs/${first.text(0, 'id')}/set_state`, { state: { type: 'RUNNING' }, force: true });
  await talk.patch('other schedules', path, { schedules: [{ schedule: { cron: '0 0 2 2 *', timezone: 'UTC' }, active: true }] });
  await talk.until(
    'runs of the other schedule',
    { method: 'POST', path: '/flow_runs/filter', body: runsOf(id) },
    (reply) => Array.isArray(reply.body) && reply.body.length > 1,
    30,
  );
  await talk.delete('delete the deployment', path);
  await talk.post('runs of the deleted one', '/flow_runs/filter', { flow_runs: { name: { any_: [first.text(0, 'name')] } } });
}

async function slugs(talk: Talk, flow_id: string): Promise<void> {
  const yearly = { cron: '0 0 1 1 *', timezone: 'UTC' };
  const one = { schedule: yearly, slug: 'one', parameters: { a: 1 }, max_scheduled_runs: 2 };
  const two = { schedule: { interval: 604_800, anchor_date: '2020-01-06T09:00:00Z' }, slug: 'two', active: false };
  const apply = (step: string, body: object) => talk.post(step, '/deployments/', { flow_id, name: talk.name('slugs'), ...body });
  const deployment = await apply('with slugs', { schedules: [one, two] });
  const path = `/deployments/${deployment.text('id')}`;
  await talk.get('its schedules', `${path}/schedules`, { arrangedBy: 'slug' });
  await talk.patch('patch one of them', path, { schedules: [{ slug: 'one', schedule: { cron: '0 0 3 3 *' }, active: false }] });
  await talk.get('one is patched', `${path}/schedules`, { arrangedBy: 'slug' });
  await talk.patch('patch to none', path, { schedules: [] });
  await talk.get('none is patched', `${path}/schedules`, { arrangedBy: 'slug' });
  await talk.patch('patch with another slug', path, { schedules: [{ ...one, slug: 'three' }] });
  await talk.get('another slug', `${path}/schedules`, { arrangedBy: 'slug' });
  await talk.patch('patch with the same slug twice', path, { schedules: [one, one] });
  await apply('apply the same slug twice', { schedules: [one, one] });
  await apply('apply a wrong slug', { schedules: [{ ...one, slug: 'Two Words' }] });
  await apply('apply one that replaces', { schedules: [{ ...one, slug: 'four', replaces: 'one' }] });
  await apply('apply no schedules', {});
  await talk.get('no schedules', `${path}/schedules`);
}

async function routes(talk: Talk, flow_id: string): Promise<void> {
  const deployment = await talk.post('one without', '/deployments/', { flow_id, name: talk.name('routes') });
  const path = `/deployments/${deployment.text('id')}/schedules`;
  const yearly = { cron: '0 0 1 1 *', timezone: 'UTC' };
  const made = await talk.post('add', path, [{ schedule: yearly, active: true, slug: 'a', parameters: { x: 1 }, max_scheduled_runs: 5 }]);
  await talk.post('add the slug again', path, [{ schedule: yearly, slug: 'a' }]);
  await talk.post('add none', path, []);
  await talk.post('add one instead of a list', path, { schedule: yearly });
  await talk.post('add a wrong one', path, [{ schedule: { cron: 'never' } }]);
  await talk.post('add to an unknown deployment', `/deployments/${unknownId}/schedules`, [{ schedule: yearly }]);
  await talk.get('read', path);
  await talk.get('read of an unknown deployment', `/deployments/${unknownId}/schedules`);
  const one = `${path}/${made.text(0, 'id')}`;
  for (const [step, body] of Object.entries({
    'switch off': { active: false },
    'new parameters': { parameters: { y: 2 } },
    'another kind': { schedule: { interval: 3600, anchor_date: '2020-01-01T00:00:00Z' } },
    'another slug': { slug: 'b' },
    nothing: {},
    'a limit': { max_scheduled_runs: 1 },
    'a wrong cron': { schedule: { cron: 'never' } },
    'an unknown key': { colour: 'red' },
  })) {
    await talk.patch(`change: ${step}`, one, body);
    await talk.get(`changed: ${step}`, path);
  }
  await talk.patch('change an unknown one', `${path}/${unknownId}`, { active: true });
  await talk.patch('change of an unknown deployment', `/deployments/${unknownId}/schedules/${made.text(0, 'id')}`, { active: true });
  await talk.delete('delete', one);
  await talk.delete('delete again', one);
  await talk.delete('delete of an unknown deployment', `/deployments/${unknownId}/schedules/${unknownId}`);
}
