import { z } from 'zod';

import { stateId } from '../id.ts';
import { timestamp } from '../time.ts';
import { carriedStateType, state } from './state.ts';

/** Counters and times of a flow run or a task run. */
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
  /** in seconds */
  total_run_time: z.number(),
  /** in seconds */
  estimated_run_time: z.number().nullish(),
  /** in seconds */
  estimated_start_time_delta: z.number().nullish(),
};
