import type { JsonObject } from '@tributary/contract/json';

import type { Flow } from '../flow.ts';
import type { KeepLive } from './check-keep-live.ts';
import type { ConcurrencyLimitOptions } from './concurrency-limit.ts';
import type { CronOptions, ScheduleOptions } from './schedules.ts';

/** The options of a deployment. */
export interface DeployOptions<Input> {
  /** the second part of the deployment's full name, `flow/deployment`; it can't contain / % & > < */
  readonly name: string;
  readonly flow: Flow<Input, unknown>;
  /** parameters of the deployment's runs; a run's own parameters override them, one by one */
  readonly parameters?: Partial<Input>;
  /** one cron expression such as `0 6 * * *`, or several, each with a timezone of its own if it needs one */
  readonly cron?: string | CronOptions<Input> | readonly (string | CronOptions<Input>)[];
  /** further schedules, by `cron`, `interval` or `rrule` */
  readonly schedules?: readonly ScheduleOptions<Input>[];
  /**
   * the timezone of schedules without one, by its IANA name: `Europe/Vienna`
   * @default UTC
   */
  readonly timezone?: string;
  /**
   * whether the deployment's schedules are paused
   * @default false for a new deployment; an existing one stays paused or active on the server
   */
  readonly paused?: boolean;
  readonly tags?: readonly string[];
  /** @default the flow's description */
  readonly description?: string;
  readonly version?: string;
  /**
   * the work pool of the deployment's runs
   * @default `tributary`
   */
  readonly pool?: string;
  /**
   * the work queue of the deployment's runs
   * @default `default`
   */
  readonly queue?: string;
  /**
   * how many of the deployment's runs may be underway at once, and what happens to a further run
   * @default no limit
   */
  readonly concurrencyLimit?: number | ConcurrencyLimitOptions;
  /** for example, `{ env: { REGION: 'eu' } }` sets environment variables of the deployment's runs */
  readonly jobVariables?: JsonObject;
  /**
   * Files that count as the deployment's code although no import leads to them: globs relative to deployments.ts, such as
   * `../shared/sql/**`. Files of the integration's own folder count without this option, except scripts.
   * @default none
   */
  readonly inputs?: readonly string[];
  /**
   * Fields that people may change on the engine, although the code sets them: a deploy keeps such a change until the code changes the field
   * itself, and the plan shows it. For example, an operator lowers `parameters.limit` for a while. The names are those that a plan prints:
   * `parameters.limit`, `job_variables.env.REGION`, `description`, `version`, `work_pool_name`, `work_queue_name`, `schedule cron-1`.
   * @default none: a deploy sets a changed field back, except those that always belong to people, such as `paused`
   */
  readonly keepLive?: readonly KeepLive<NoInfer<Input>>[];
  /**
   * whether no deploy may delete the deployment, even when the code no longer defines it. Deploy it with `protect: false` first, to remove it
   * @default false
   */
  readonly protect?: boolean;
}
