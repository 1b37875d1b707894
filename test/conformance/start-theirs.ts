import { type Prefect, startPrefect } from '../support/prefect/server.ts';

/**
 * A fresh Prefect server whose services turn often enough to be waited for. Those that no answer of the API comes from are off: they write
 * to the same SQLite database, and a locked one answers 503.
 */
export function startTheirs(): Promise<Prefect> {
  return startPrefect({
    env: {
      PREFECT_SERVER_LOGGING_LEVEL: 'WARNING',
      PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED: 'false',
      PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED: 'false',
      PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS: '2',
      PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS: '5',
      PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS: '2',
      PREFECT_SERVER_SERVICES_FOREMAN_LOOP_SECONDS: '3',
    },
  });
}
