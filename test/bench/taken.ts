import type { Each } from './lanes.ts';

/**
 * Takes samples of the three combinations in turn, so that a slow minute of the machine affects all of them.
 * @param samples how many samples to take on our server, spread evenly over the rounds
 * @param few how many rounds to do; each round takes one sample of each worker on Prefect's server
 */
export async function compare<Sample>(samples: number, few: number, take: Each<() => Promise<Sample>>): Promise<Each<Sample[]>> {
  const taken: Each<Sample[]> = { own: [], onPrefect: [], theirs: [] };
  for (let round = 1; round <= few; round += 1) {
    while (taken.own.length < (samples * round) / few) taken.own.push(await take.own());
    taken.onPrefect.push(await take.onPrefect());
    taken.theirs.push(await take.theirs());
  }
  return taken;
}

/** Picks a figure of each sample. */
export function eachOf<Sample>(taken: Each<readonly Sample[]>, figure: (sample: Sample) => number): Each<number[]> {
  return { own: taken.own.map(figure), onPrefect: taken.onPrefect.map(figure), theirs: taken.theirs.map(figure) };
}
