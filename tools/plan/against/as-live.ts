import { type Deployment, deployment } from '@tributary/contract/nouns/deployment';
import { labelNames } from '@tributary/contract/nouns/label';
import type { ScheduleCreateInput } from '@tributary/contract/nouns/schedule';
import type { DesiredDeployment } from '@tributary/flow/deploy';

const nobody = '00000000-0000-0000-0000-000000000000';
const never = '1970-01-01T00:00:00.000000Z';

/** The labels that a deploy writes. */
interface Deployed {
  readonly workspace: string;
  readonly project: string;
  readonly commit: string;
  /** the hash of the closure */
  readonly closure: string;
}

/** A deployment as an engine would have it right after a deploy that created it. Ids and times stand for nothing. */
export function asLive({ request }: Pick<DesiredDeployment, 'request'>, deployed: Deployed): Deployment {
  const { schedules = [], concurrency_limit: limit, labels, ...fields } = request;
  return deployment.parse({
    paused: false,
    tags: [],
    enforce_parameter_schema: true,
    ...fields,
    id: nobody,
    flow_id: nobody,
    created: never,
    updated: never,
    labels: {
      ...labels,
      [labelNames.workspace]: deployed.workspace,
      [labelNames.project]: deployed.project,
      [labelNames.commit]: deployed.commit,
      [labelNames.closure]: deployed.closure,
    },
    global_concurrency_limit: limit === null || limit === undefined ? null : globalLimit(limit),
    schedules: schedules.map(scheduleAsLive),
  });
}

function globalLimit(limit: number): object {
  return { id: nobody, name: nobody, limit, active: true, active_slots: 0, slot_decay_per_second: 0 };
}

function scheduleAsLive(given: ScheduleCreateInput): object {
  const { schedule } = given;
  return { active: true, parameters: {}, ...given, id: nobody, schedule: 'cron' in schedule ? { day_or: true, ...schedule } : schedule };
}
