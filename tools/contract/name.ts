import { z } from 'zod';

/** Names of flows and deployments, as Prefect allows them: not empty, without `/ % & > <`. */
export const entityName = z
  .string()
  .min(1, 'a name may not be empty')
  .regex(/^[^/%&><]+$/, 'a name may not contain / % & > <');

/** `flow/deployment`, the form that commands and runDeployment take. */
export type DeploymentName = `${string}/${string}`;

/** @returns undefined if the text doesn't have the form `flow/deployment` */
export function splitDeploymentName(text: string): { flow: string; deployment: string } | undefined {
  const [flow, deployment, ...more] = text.split('/');
  return flow && deployment && more.length === 0 ? { flow, deployment } : undefined;
}
