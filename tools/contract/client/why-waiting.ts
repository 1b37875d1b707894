import type { Client } from '../client.ts';
import type { FlowRunId } from '../id.ts';
import { mostWaiting, type Waiting } from '../nouns/waiting.ts';
import type { Feature } from '../routes/admin.ts';
import type { Routes } from '../routes.ts';

const feature: Feature = 'waiting';

/**
 * Says for each run why it waits, in the order of the ids. A Tributary server gives the answer. With a Prefect server, the client finds the
 * answer in what it can read, which doesn't include who holds slots of named concurrency limits.
 * @param features what the server announced beyond Prefect's protocol
 * @param signal stops the requests
 */
export async function whyWaiting(
  client: Client<Routes>,
  ids: readonly FlowRunId[],
  features: readonly string[],
  signal?: AbortSignal,
): Promise<Waiting[]> {
  const call = signal ? { signal } : {};
  if (!features.includes(feature)) {
    const { readWaits } = await import('./read-waits.ts');
    return readWaits(client, ids, call);
  }
  const answers: Waiting[] = [];
  for (let begin = 0; begin < ids.length; begin += mostWaiting) {
    const { data } = await client.readWaiting({ body: { ids: ids.slice(begin, begin + mostWaiting) }, ...call });
    answers.push(...data);
  }
  return answers;
}
