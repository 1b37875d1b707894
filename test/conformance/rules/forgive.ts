import type { Check } from '../check.ts';
import type { Difference } from '../compare/compare.ts';
import type { MeantDifference } from '../differences.ts';

/**
 * Removes the intended differences from the checks. For each step with an intended difference, adds a check that fails if the step no
 * longer differs.
 * @param topics the topics that were run; steps of other topics get no such check
 */
export function forgive(checks: readonly Check[], meant: readonly MeantDifference[], topics: ReadonlySet<string>): Check[] {
  const seen = new Set<string>();
  const rules = meant.flatMap((rule) =>
    rule.steps.map((steps) => ({ rule, steps, step: pattern(steps), paths: rule.paths.map(pattern), topic: steps.split('/')[0] ?? '' })),
  );
  const isMeant = (name: string, difference: Difference): boolean =>
    rules
      .filter(({ rule, step, paths }) => step.test(name) && paths.some((path) => path.test(difference.path)) && fits(rule, difference))
      .map(({ rule, steps }) => seen.add(`${rule.key}: ${steps}`)).length > 0;

  const left = checks.map(({ topic, step, problem }): Check => {
    if (!problem?.differences) return { topic, step, ...(problem ? { problem } : {}) };
    const unmeant = problem.differences.filter((difference) => !isMeant(`${topic}/${step}`, difference));
    return { topic, step, ...(unmeant.length > 0 ? { problem: { ...problem, differences: unmeant } } : {}) };
  });
  const stale = rules
    .filter(({ topic }) => topics.has(topic))
    .map(({ rule, steps }): Check => {
      const step = `${rule.key}: ${steps}`;
      const text = 'The servers no longer differ in this step. Remove the entry from test/conformance/differences.ts (and PROTOCOL.md).';
      return { topic: 'meant differences', step, ...(seen.has(step) ? {} : { problem: { text } }) };
    });
  return [...left, ...stale];
}

function fits(rule: MeantDifference, { ours }: Difference): boolean {
  if (rule.missing) return ours === undefined;
  return rule.ours === undefined || rule.ours === ours;
}

function pattern(text: string): RegExp {
  return new RegExp(`^${text.split('*').map(escape).join('.*')}$`);
}

function escape(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
}
