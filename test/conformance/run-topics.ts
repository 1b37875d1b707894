import { messageOf } from '@tributary/contract';
import type { Timestamp } from '@tributary/contract/time';

import type { Check } from './check.ts';
import { compareTopic } from './compare/compare-topic.ts';
import { scripts } from './scripts/scripts.ts';
import type { Script } from './scripts/script.ts';
import { createSender, type Exchange } from './talk/send-request.ts';
import { createTalk, type Line, type Side } from './talk/talk.ts';

export interface TopicsOptions {
  /** the API URL of our server */
  readonly ours: string;
  /** the API URL of the Prefect server */
  readonly theirs: string;
  /** names of the topics to run; all topics if empty */
  readonly only: readonly string[];
  /** a text that is part of every name that this run of the suite creates */
  readonly tag: string;
  readonly start: Timestamp;
}

/** How many topics run at the same time. While one topic waits for a server's background services, others continue. */
const atOnce = 3;

export interface TopicsResult {
  readonly topics: ReadonlySet<string>;
  readonly checks: readonly Check[];
  readonly ours: readonly Exchange[];
  readonly theirs: readonly Exchange[];
}

/** Runs every script on both servers and compares them. */
export async function runTopics(options: TopicsOptions): Promise<TopicsResult> {
  const chosen = Object.entries(scripts).filter(([topic]) => options.only.length === 0 || options.only.includes(topic));
  const queue = [...chosen];
  const senders = { ours: createSender(options.ours), theirs: createSender(options.theirs) };
  const results: Omit<TopicsResult, 'topics'>[] = [];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) results.push(await runTopic(...next, senders, options));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return {
    topics: new Set(chosen.map(([topic]) => topic)),
    checks: results.flatMap(({ checks }) => checks),
    ours: results.flatMap(({ ours }) => ours),
    theirs: results.flatMap(({ theirs }) => theirs),
  };
}

type Senders = Readonly<Record<Side, ReturnType<typeof createSender>>>;

interface Played {
  readonly lines: Line[];
  readonly failure?: string;
}

async function runTopic(topic: string, script: Script, senders: Senders, options: TopicsOptions): Promise<Omit<TopicsResult, 'topics'>> {
  const play = async (side: Side): Promise<Played> => {
    const { talk, record } = createTalk({ side, send: senders[side], topic, tag: options.tag, start: options.start });
    try {
      await script(talk);
      return { lines: record() };
    } catch (error) {
      return { lines: record(), failure: `The script failed on ${side === 'ours' ? 'our' : "Prefect's"} server: ${messageOf(error)}` };
    }
  };
  const [ours, theirs] = await Promise.all([play('ours'), play('theirs')]);
  const stopped = [ours.failure, theirs.failure].filter((text) => text !== undefined);
  return {
    checks: [
      ...compareTopic(topic, ours.lines, theirs.lines, options.start),
      ...stopped.map((text) => ({ topic, step: 'the whole script', problem: { text } })),
    ],
    ours: exchangesOf(ours.lines),
    theirs: exchangesOf(theirs.lines),
  };
}

function exchangesOf(lines: readonly Line[]): Exchange[] {
  return lines.flatMap(({ exchange }) => (exchange ? [exchange] : []));
}
