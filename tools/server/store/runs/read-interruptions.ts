import { labelNames } from '@tributary/contract/nouns/label';
import type { flowRunRoutes } from '@tributary/contract/routes/flow-runs';
import type { z } from 'zod';

import type { Database } from '../database/database.ts';

type Interruption = z.output<typeof flowRunRoutes.readInterruptions.answer>[number];

/** The runs of a worker's process that are to be cancelled, or are paused. A suspended run is among them until its process exits. */
export function readInterruptions(database: Database, worker: string, boot: string): Interruption[] {
  return database.all<Interruption>(
    `SELECT id, state_id, state_type FROM flow_runs
     WHERE (state_type = 'CANCELLING' OR (state_type = 'PAUSED' AND claim IS NOT NULL))
       AND json_extract(labels, '$."${labelNames.worker}"') = ? AND json_extract(labels, '$."${labelNames.boot}"') = ?`,
    worker,
    boot,
  );
}
