import { z } from 'zod';

import { stateId } from '../id.ts';
import { timestamp } from '../time.ts';
import { carriedStateType, state } from './state.ts';

/** What the books say of any run, of a flow or of a task. */
export const runBooks = {
  state_id: stateId.nullish(),
  state_type: carriedStateType.nullish(),
  state_name: z.string().nullish(),
  state: state.nullish(),
  /** 1 in the first attempt */
  run_count: z.int(),
  expected_start_time: timestamp.nullish(),
  next_scheduled_start_time: timestamp.nullish(),
  start_time: timestamp.nullish(),
  end_time: timestamp.nullish(),
  /** seconds */
  total_run_time: z.number(),
  /** seconds */
  estimated_run_time: z.number().nullish(),
  /** seconds */
  estimated_start_time_delta: z.number().nullish(),
};
