import { Buffer } from 'node:buffer';

import { writeJson } from '@tributary/contract/json';
import { type DeploymentChange, maximumChanges, maximumSchedules } from '@tributary/contract/routes/apply';

/** The most bytes of the changes of one request. A Tributary server takes twice as many. */
const maximumBytes = 4 * 1024 * 1024;

/** Splits changes into parts, each of which one request can send. A change that is too large for that is a part of its own. */
export function toParts<One extends { readonly change: DeploymentChange }>(changes: readonly One[]): One[][] {
  const parts: One[][] = [];
  let [bytes, schedules] = [0, 0];
  for (const one of changes) {
    const part = parts.at(-1);
    bytes += Buffer.byteLength(writeJson(one.change));
    schedules += countSchedules(one.change);
    if (part && part.length < maximumChanges && bytes <= maximumBytes && schedules <= maximumSchedules) part.push(one);
    else {
      parts.push([one]);
      bytes = Buffer.byteLength(writeJson(one.change));
      schedules = countSchedules(one.change);
    }
  }
  return parts;
}

function countSchedules(change: DeploymentChange): number {
  return change.change === 'put' ? (change.deployment.schedules?.length ?? 0) : 0;
}
