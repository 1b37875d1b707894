import { TributaryError } from '@tributary/contract/error';

import { withPausePort } from './current-ports.ts';
import { localClock, toState } from './local-port.ts';
import type { PausePort } from '../pause/pause-port.ts';

/** Runs the body. A run that pauses or suspends in it continues immediately with the input that `answer` returns for the pause's key. */
export function withStubInput<Result>(answer: (key: string) => unknown, body: () => Result): Result {
  const answers = new Map<string, unknown>();
  const running = () => toState({ type: 'RUNNING' }, localClock());
  const port: PausePort = {
    pause(_run, { state_details }) {
      const response = state_details?.run_input_keyset?.['response'];
      if (response !== undefined) answers.set(response, answer(state_details?.pause_key ?? ''));
      return Promise.resolve({ paused: false, state: running(), reason: 'resumed immediately' });
    },
    endSuspended: (_run, suspended) => Promise.resolve(suspended),
    readState: () => Promise.resolve(running()),
    keepInput: () => Promise.resolve(true),
    readInput: (_run, key) => Promise.resolve(answers.get(key)),
    forgetInput: () => Promise.resolve(),
    resume: (run) => Promise.reject(new TributaryError('not_found', `Unknown flow run ${run}: this flow runs without a server.`)),
  };
  return withPausePort(port, body);
}
