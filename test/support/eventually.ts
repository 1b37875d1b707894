import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Polls until the answer is as expected. For concurrent tests, in which Vitest's `expect.poll` doesn't know which test called it.
 * @throws after the given seconds, with the last answer
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
