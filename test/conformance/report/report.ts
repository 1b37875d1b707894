import { writeJson } from '@tributary/contract/json';

import type { Check } from '../check.ts';
import { printProblem } from './print-problem.ts';

/** Writes the report: the failures, a line per topic, and `N passed, N failed`. With `json`, the report is JSON with the same numbers. */
export function report(checks: readonly Check[], { json, seconds }: { json: boolean; seconds: number }): { text: string; failed: number } {
  const failures = checks.filter(({ problem }) => problem);
  const failed = failures.length;
  const passed = checks.length - failed;
  if (json) return { text: writeJson({ passed, failed, seconds: Math.round(seconds), failures }, 2), failed };
  const topics = [...new Set(checks.map(({ topic }) => topic))].map((topic) => {
    const own = checks.filter((check) => check.topic === topic);
    const wrong = own.filter(({ problem }) => problem).length;
    return `${wrong === 0 ? '✓' : '✗'} ${topic.padEnd(18)} ${String(own.length - wrong).padStart(5)} passed${wrong ? `, ${wrong} failed` : ''}`;
  });
  return {
    text: [...failures.map(printProblem), '', ...topics, `${seconds.toFixed(0)} s`, `${passed} passed, ${failed} failed`].join('\n'),
    failed,
  };
}
