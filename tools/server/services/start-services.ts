import { startScheduler } from './scheduler.ts';
import type { Write } from '../store/database/write.ts';
import { startCancellation } from './cancellation.ts';
import { startLate } from './late.ts';
import { startLeases } from './leases.ts';
import { startPauses } from './pauses.ts';
import { startRequests } from './requests.ts';
import { startWorkerStatus } from './worker-status.ts';

/** Milliseconds between two turns of each service. */
export interface ServiceIntervals {
  /** the scheduler's turns over changed deployments */
  readonly scheduler: number;
  /** the scheduler's turns over all deployments */
  readonly schedulerAll: number;
  readonly late: number;
  readonly cancellation: number;
  readonly workerStatus: number;
  readonly leases: number;
  readonly pauses: number;
  readonly requests: number;
}

const defaultIntervals: ServiceIntervals = {
  scheduler: 5000,
  schedulerAll: 60_000,
  late: 5000,
  cancellation: 20_000,
  workerStatus: 5000,
  leases: 15_000,
  pauses: 5000,
  requests: 60_000,
};

export interface Services {
  /** creates the scheduled runs of changed deployments immediately, and logs the schedules that can't be read */
  schedule(): void;
  /** resolves when all services have stopped writing */
  stop(): Promise<void>;
}

/** Starts the server's background services. They derive their work from the database, so a restart loses nothing. */
export function startServices(
  { write, log }: { readonly write: Write; readonly log: (line: string) => void },
  intervals: Partial<ServiceIntervals> = {},
): Services {
  const interval = { ...defaultIntervals, ...intervals };
  const scheduler = startScheduler({ write, log, intervalMs: interval.scheduler, allMs: interval.schedulerAll });
  const services = [
    scheduler,
    startLate({ write, log, intervalMs: interval.late }),
    startCancellation({ write, log, intervalMs: interval.cancellation }),
    startWorkerStatus({ write, log, intervalMs: interval.workerStatus }),
    startLeases({ write, log, intervalMs: interval.leases }),
    startPauses({ write, log, intervalMs: interval.pauses }),
    startRequests({ write, log, intervalMs: interval.requests }),
  ];
  return {
    schedule: scheduler.wake,
    stop: async () => {
      await Promise.all(services.map((service) => service.stop()));
    },
  };
}
