import type { DeploymentSchedule, ScheduleCreateInput } from '@tributary/contract/nouns/schedule';

import type { Moved } from './decide.ts';
import { type Basis, type FieldOutcome, joined, mergeField, type Outcome } from './field.ts';
import { printJson } from './json-changes.ts';
import { type Pair, type Paired, pairSchedules } from './pair-schedules.ts';
import { type Entry, fingerprint, type ListEntries } from './record.ts';
import { contentChanges, contentOf, keepAnchor, plainContentOf, printContent, saidContentOf, slugOf } from './schedule-values.ts';

interface Sides {
  readonly code: readonly ScheduleCreateInput[];
  readonly live: readonly DeploymentSchedule[];
  /** the fields that people may change, such as `schedule nightly` */
  readonly keepLive: readonly string[];
}

/** What happens to one schedule, and what to send of it. */
interface Merged {
  readonly outcomes: readonly Outcome[];
  /** undefined for a schedule that isn't sent */
  readonly schedule: ScheduleCreateInput | undefined;
}

/**
 * Merges schedules one by one, matched by slug. Time, parameters and number of runs belong to the code; whether a schedule is active belongs to
 * people, and so do schedules that they added.
 * @returns all schedules to send, because an update deletes those that it leaves out
 */
export function mergeSchedules(
  { code, live, keepLive }: Sides,
  basis: Basis,
): Outcome & { readonly value: ScheduleCreateInput[]; readonly recorded: ListEntries } {
  const paired = pairSchedules(code, live);
  const whole = movedAsWhole(paired, basis);
  const merged = [
    ...paired.pairs.map((pair) => mergePair(pair, keepLive, basis, whole)),
    ...paired.others.map((other) => mergeOther(other, keepLive, basis, whole.content)),
  ];
  const { changes, kept, entries } = joined(merged.flatMap(({ outcomes }) => outcomes));
  return {
    changes,
    kept,
    entries: [],
    value: merged.flatMap(({ schedule }) => schedule ?? []),
    recorded: { items: entries, whole: wholeEntries(code) },
  };
}

interface WholeMoved {
  readonly content: Moved | undefined;
  readonly active: Moved | undefined;
}

function mergePair({ code, live, active }: Pair, keepLive: readonly string[], basis: Basis, whole: WholeMoved): Merged {
  const name = `schedule ${slugOf(code)}`;
  const [from, to] = [live && saidContentOf(live, code), contentOf(code)];
  const content = mergeField(
    {
      name,
      owner: keepLive.includes(name) ? 'people' : 'code',
      code: to,
      live: from,
      forms: live ? [contentOf(live), plainContentOf(live)] : [],
      changes: () => contentChanges(name, from, to),
      print: (side) => printContent(side === 'live' ? from : to),
    },
    basis,
    whole.content,
  );
  if (content.isKept && !live) return { outcomes: [content], schedule: undefined };
  const activity = mergeActive(name, code, active, basis, whole.active);
  const isActive = activity.isKept ? active?.active : (code.active ?? (activity.isSame ? active?.active : true));
  const sent =
    content.isKept && live ? { ...copyOf(live), slug: code.slug } : { ...code, schedule: keepAnchor(code.schedule, active?.schedule) };
  return { outcomes: [content, activity], schedule: isActive === undefined ? sent : { ...sent, active: isActive } };
}

function mergeActive(
  schedule: string,
  code: ScheduleCreateInput,
  live: DeploymentSchedule | undefined,
  basis: Basis,
  moved: Moved | undefined,
): FieldOutcome {
  const name = `${schedule} active`;
  return mergeField(
    {
      name,
      recorded: live ? `schedule ${slugOf(live)} active` : name,
      owner: 'people',
      code: code.active,
      live: live?.active ?? code.active,
      fallback: true,
      changes: () => [{ field: name, from: printJson(live?.active), to: printJson(code.active ?? true) }],
      print: (side) => printJson(side === 'live' ? live?.active : code.active),
    },
    basis,
    moved,
  );
}

/** A live schedule that the code lacks: it goes if the code had it at the last deploy, and stays if a person added it. */
function mergeOther(live: DeploymentSchedule, keepLive: readonly string[], basis: Basis, moved: Moved | undefined): Merged {
  const name = `schedule ${slugOf(live)}`;
  const content = contentOf(live);
  const outcome = mergeField(
    {
      name,
      owner: keepLive.includes(name) || basis.applied?.get(name) === undefined ? 'people' : 'code',
      code: undefined,
      live: content,
      forms: [plainContentOf(live)],
      changes: () => contentChanges(name, content, undefined),
      print: (side) => (side === 'live' ? printContent(content) : null),
    },
    basis,
    moved,
  );
  return { outcomes: [outcome], schedule: outcome.isKept ? copyOf(live) : undefined };
}

/** A live schedule as a request has it. */
function copyOf({ active, schedule, parameters, slug, max_scheduled_runs }: DeploymentSchedule): ScheduleCreateInput {
  return { active, schedule, parameters, slug, max_scheduled_runs };
}

/** Whether schedules have changed, if the record has all of them as one value. */
function movedAsWhole({ pairs, others }: Paired, { applied }: Basis): WholeMoved {
  const whole = applied?.get(wholeName);
  if (whole === undefined) return { content: undefined, active: undefined };
  const code = pairs.map((pair) => pair.code);
  const live = [
    ...pairs.flatMap((pair) => (pair.live ? [[slugOf(pair.live), saidContentOf(pair.live, pair.code)] as const] : [])),
    ...others.map((other) => [slugOf(other), contentOf(other)] as const),
  ];
  return {
    content: { code: listPrint(contentsOf(code)) !== whole, live: listPrint(live) !== whole },
    active: { code: listPrint(activesOf(code)) !== applied?.get(wholeActiveName), live: true },
  };
}

const wholeName = 'schedules';
const wholeActiveName = 'schedules active';

function wholeEntries(code: readonly ScheduleCreateInput[]): Entry[] {
  return [
    [wholeName, listPrint(contentsOf(code))],
    [wholeActiveName, listPrint(activesOf(code))],
  ];
}

type Item = readonly [slug: string, value: unknown];

function contentsOf(code: readonly ScheduleCreateInput[]): Item[] {
  return code.map((schedule) => [slugOf(schedule), contentOf(schedule)]);
}

function activesOf(code: readonly ScheduleCreateInput[]): Item[] {
  return code.flatMap((schedule): Item[] => (schedule.active === undefined ? [] : [[slugOf(schedule), schedule.active]]));
}

function listPrint(items: readonly Item[]): string {
  return fingerprint(items.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
