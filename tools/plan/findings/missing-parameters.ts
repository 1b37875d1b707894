import { scheduleText } from '@tributary/contract/schedule-text';
import type { DesiredDeployment } from '@tributary/flow/deploy';

import type { Loaded } from '../load/loaded.ts';
import type { UnplacedFinding } from '../load/place-finding.ts';
import { printKey } from '../registry/print-type.ts';

/**
 * Finds schedules whose runs would lack a required parameter: an error, or a warning if the code pauses the schedule. A deployment without
 * schedules may lack required parameters, because the person who starts a run gives them.
 */
export function missingParameters(loaded: readonly Loaded[]): UnplacedFinding[] {
  return loaded.flatMap(({ project, deployments }) =>
    deployments.flatMap((deployment) => findingsOf(deployment).map((finding) => ({ ...finding, project, deployment }))),
  );
}

function findingsOf({ name, request }: DesiredDeployment): Omit<UnplacedFinding, 'project' | 'deployment'>[] {
  const required = namesIn(request.parameter_openapi_schema?.['required']);
  return (request.schedules ?? []).flatMap(({ slug, schedule, parameters, active }) => {
    const given = { ...request.parameters, ...parameters };
    const missing = required.filter((parameter) => !(parameter in given));
    if (missing.length === 0) return [];
    const isPaused = request.paused === true || active === false;
    const severity = isPaused ? 'warning' : 'error';
    const result = isPaused ? 'its runs will fail once it is resumed' : 'each of its runs would fail';
    const [noun, value] = missing.length === 1 ? ['parameter', 'value'] : ['parameters', 'values'];
    const message =
      `Schedule ${slug ?? scheduleText(schedule)} of deployment ${name} lacks the required ${noun} ${missing.join(', ')}, so ${result}. ` +
      `Add the ${value} to the schedule or to the deployment: parameters: { ${missing.map((parameter) => `${printKey(parameter)}: …`).join(', ')} }.`;
    return [{ code: 'missing_parameter', severity, message }];
  });
}

function namesIn(required: unknown): string[] {
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
}
