import { malformed, Refusal } from '../refusal.ts';

/** Runs one part of a request with several. A refusal of this part then says where in the body the part is. */
export function inPlace<Result>(place: readonly (string | number)[], act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw malformed([{ loc: ['body', ...place, ...(error.field ? [error.field] : [])], msg: error.message, type: 'value_error' }]);
  }
}
