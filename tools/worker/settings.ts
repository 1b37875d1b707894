import { availableParallelism } from 'node:os';

import type { Client } from '@tributary/contract/client';
import { TributaryError } from '@tributary/contract/error';
import type { Feature } from '@tributary/contract/routes/admin';
import type { Routes } from '@tributary/contract/routes';
import type { Ticket } from '@tributary/contract/ticket';

export interface WorkerOptions {
  readonly client: Client<Routes>;
  /** where hosts find the API, and what the server announced */
  readonly api: Ticket['api'];
  /** who this is: a worker that starts under the name of an earlier one settles what that one left */
  readonly name: string;
  /** `tributary` unless told; created when missing */
  readonly pool?: string | undefined;
  /** only these queues of the pool; all of them unless told */
  readonly queues?: readonly string[] | undefined;
  /** how many runs at once; 4 × cores unless told */
  readonly limit?: number | undefined;
  /** how many hosts wait started; min(limit, cores) unless told, 0 for none */
  readonly prestart?: number | undefined;
  /** the work tree for deployments that bring no code of their own; absolute */
  readonly root: string;
  /** `.tributary/` */
  readonly home: string;
  /** where runs keep their files; absolute */
  readonly dataDir: string;
  /** variables of `env` that hosts get, beyond PATH, HOME, TZ and LANG */
  readonly passEnv?: readonly string[] | undefined;
  /** the worker's own environment */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** 10 unless told */
  readonly heartbeatSeconds?: number | undefined;
  /** the longest wait between two polls on a server that does not hold them; 5 unless told */
  readonly pollSeconds?: number | undefined;
  /** what a cancelled run gets before SIGTERM; 30 unless told */
  readonly graceSeconds?: number | undefined;
  /** takes one sentence */
  readonly log: (message: string) => void;
}

/** What one life of a worker goes by. */
export interface Settings {
  readonly client: Client<Routes>;
  readonly api: Ticket['api'];
  readonly name: string;
  /** new in each life */
  readonly boot: string;
  readonly pool: string;
  readonly queues: readonly string[];
  readonly limit: number;
  readonly prestart: number;
  readonly root: string;
  readonly home: string;
  readonly dataDir: string;
  readonly passEnv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly heartbeatSeconds: number;
  readonly pollSeconds: number;
  readonly graceSeconds: number;
  readonly log: (message: string) => void;
}

/** Fills in what was left out. @throws misuse, for a number that can't be */
export function settle(options: WorkerOptions, boot: string): Settings {
  const limit = options.limit ?? 4 * availableParallelism();
  const settings: Settings = {
    ...options,
    boot,
    pool: options.pool ?? 'tributary',
    queues: options.queues ?? [],
    limit,
    prestart: options.prestart ?? Math.min(limit, availableParallelism()),
    passEnv: options.passEnv ?? [],
    heartbeatSeconds: options.heartbeatSeconds ?? 10,
    pollSeconds: options.pollSeconds ?? 5,
    graceSeconds: options.graceSeconds ?? 30,
  };
  if (!settings.name) throw new TributaryError('misuse', 'A worker needs a name.');
  if (!Number.isInteger(limit) || limit < 1) throw new TributaryError('misuse', `limit is ${limit}: a worker runs 1 flow at once or more.`);
  if (!Number.isInteger(settings.prestart) || settings.prestart < 0)
    throw new TributaryError('misuse', `prestart is ${settings.prestart}: it is a count of waiting hosts, 0 for none.`);
  if (!(settings.heartbeatSeconds > 0))
    throw new TributaryError('misuse', `heartbeatSeconds is ${settings.heartbeatSeconds}: give seconds above 0.`);
  if (!(settings.pollSeconds > 0)) throw new TributaryError('misuse', `pollSeconds is ${settings.pollSeconds}: give seconds above 0.`);
  if (!(settings.graceSeconds >= 0))
    throw new TributaryError('misuse', `graceSeconds is ${settings.graceSeconds}: give seconds, 0 for none.`);
  return settings;
}

/** Whether the server announced it; a plain Prefect server announces nothing. */
export function can(settings: Pick<Settings, 'api'>, feature: Feature): boolean {
  return settings.api.features.includes(feature);
}
