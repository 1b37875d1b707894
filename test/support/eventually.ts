import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks until the answer is as wished. For tests that run side by side, where Vitest's `expect.poll` does not know whose it is.
 * @throws after so many seconds, naming the last answer
 */
export async function eventually<Answer>(
  ask: () => Answer | Promise<Answer>,
  wished: (answer: Answer) => boolean,
  seconds = 20,
): Promise<Answer> {
  for (const end = performance.now() + seconds * 1000; ; await sleep(150)) {
    const answer = await ask();
    if (wished(answer)) return answer;
    if (performance.now() > end) throw new Error(`After ${seconds} s the answer is still ${JSON.stringify(answer).slice(0, 4000)}`);
  }
}
