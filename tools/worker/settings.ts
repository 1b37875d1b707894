import { availableParallelism } from 'node:os';

import type { Store } from '@tributary/code';
import type { Client } from '@tributary/contract/client';
import { TributaryError } from '@tributary/contract/error';
import type { Feature } from '@tributary/contract/routes/admin';
import type { Routes } from '@tributary/contract/routes';
import type { Ticket } from '@tributary/contract/ticket';

export interface WorkerOptions {
  readonly client: Client<Routes>;
  /** the API for the hosts, and the features that the server announced */
  readonly api: Ticket['api'];
  /** the worker's name; a worker settles the runs that were lost by earlier processes with the same name */
  readonly name: string;
  /** the name of the work pool, which is created if it doesn't exist @default tributary */
  readonly pool?: string | undefined;
  /** the queues of the pool to take runs from @default all */
  readonly queues?: readonly string[] | undefined;
  /** the most runs at the same time; runs that only wait for their child runs don't count @default 4 × cores */
  readonly limit?: number | undefined;
  /** the number of run hosts to start in advance; 0 for none @default min(limit, cores) */
  readonly prestart?: number | undefined;
  /** the absolute path of the work tree for deployments without pull steps */
  readonly root: string;
  /** the path of `.tributary/` */
  readonly home: string;
  /** the absolute path of the folder for the files of runs */
  readonly dataDir: string;
  /** names of the variables of `env` that hosts get besides PATH, HOME, TZ and LANG @default none */
  readonly passEnv?: readonly string[] | undefined;
  /** the worker's own environment */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @default 10 */
  readonly heartbeatSeconds?: number | undefined;
  /** the longest wait between two polls if the server doesn't hold polls @default 5 */
  readonly pollSeconds?: number | undefined;
  /** the time that a cancelled run has to end before its process gets SIGTERM @default 30 */
  readonly graceSeconds?: number | undefined;
  /** opens the store of fetched code; called when a run first needs it @default in the folder that `TRIBUTARY_CODE_DIR` of `env` names */
  readonly openStore?: (() => Store | Promise<Store>) | undefined;
  /** prints a message for the operator */
  readonly log: (message: string) => void;
}

/** Resolved settings of one worker process. */
export interface Settings {
  readonly client: Client<Routes>;
  readonly api: Ticket['api'];
  readonly name: string;
  /** the id of this worker process */
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
  readonly openStore: () => Store | Promise<Store>;
  readonly log: (message: string) => void;
}

/**
 * Fills in the defaults.
 * @param boot the id of this worker process
 * @throws `misuse` if the name is empty or a number is out of range
 */
export function resolveSettings(options: WorkerOptions, boot: string): Settings {
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
    openStore: options.openStore ?? (() => openUsualStore(options.env)),
  };
  if (!settings.name) throw new TributaryError('misuse', 'A worker needs a name: set the option "name".');
  if (!Number.isInteger(limit) || limit < 1)
    throw new TributaryError('misuse', `limit is ${limit}: it must be a whole number of at least 1.`);
  if (!Number.isInteger(settings.prestart) || settings.prestart < 0)
    throw new TributaryError('misuse', `prestart is ${settings.prestart}: it must be a whole number, 0 for no waiting hosts.`);
  if (!(settings.heartbeatSeconds > 0))
    throw new TributaryError('misuse', `heartbeatSeconds is ${settings.heartbeatSeconds}: it must be above 0.`);
  if (!(settings.pollSeconds > 0)) throw new TributaryError('misuse', `pollSeconds is ${settings.pollSeconds}: it must be above 0.`);
  if (!(settings.graceSeconds >= 0))
    throw new TributaryError('misuse', `graceSeconds is ${settings.graceSeconds}: it must not be negative.`);
  return settings;
}

/** Workers that run code of folders only never load the store. */
async function openUsualStore(env: WorkerOptions['env']): Promise<Store> {
  const { openStore } = await import('@tributary/code');
  return openStore({ env: { ...env } });
}

/** True if the server announced the feature. A plain Prefect server announces none. */
export function can(settings: Pick<Settings, 'api'>, feature: Feature): boolean {
  return settings.api.features.includes(feature);
}
