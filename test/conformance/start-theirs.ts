import { type Prefect, startPrefect } from '../support/prefect/server.ts';

/**
 * A fresh Prefect server. Services that no answer of the API comes from are off: they write to the same SQLite database, and a locked one
 * answers 503.
 */
export function startTheirs(): Promise<Prefect> {
  return startPrefect({
    env: {
      PREFECT_SERVER_LOGGING_LEVEL: 'WARNING',
      PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED: 'false',
      PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED: 'false',
      // The scripts leave hundreds of runs in CANCELLING, which a slow machine must not meet again.
      PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_CANCELLING_TIMEOUT_SECONDS: '3600',
    },
  });
}
