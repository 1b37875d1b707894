import { proposeOwnState } from '../runs/propose.ts';
import { readExpiredPauses } from '../store/runs/runs-to-settle.ts';
import type { Transaction } from '../store/database/write.ts';
import { type Service, type ServiceOptions, startLoop } from './loop.ts';

/** Fails paused and suspended runs whose timeout has passed. */
export function startPauses(options: ServiceOptions): Service {
  return startLoop('pauses', options, async () => {
    await options.write(failExpired);
  });
}

function failExpired(tx: Transaction): void {
  for (const id of readExpiredPauses(tx, tx.now())) {
    const state = { type: 'FAILED', message: 'The flow was paused and never resumed.' } as const;
    proposeOwnState(tx, id, state, true);
  }
}
