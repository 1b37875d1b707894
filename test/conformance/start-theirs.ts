import { type Prefect, startPrefect } from '../support/prefect/server.ts';

/**
 * Starts a fresh Prefect server, without the services that don't affect the API's answers. These services would lock the SQLite database
 * when they write, and the server answers 503 while the database is locked.
 */
export function startTheirs(): Promise<Prefect> {
  return startPrefect({
    env: {
      PREFECT_SERVER_LOGGING_LEVEL: 'WARNING',
      PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED: 'false',
      PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED: 'false',
      // The scripts leave hundreds of runs in CANCELLING. On a slow machine, they would reach the default timeout during the comparison, and
      // the cleanup would cancel them.
      PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_CANCELLING_TIMEOUT_SECONDS: '3600',
    },
  });
}
