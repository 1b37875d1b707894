import { z } from 'zod';

/** Names of flows and deployments, as Prefect allows them: anything but `/ % & > <`, not empty. */
export const entityName = z
  .string()
  .min(1, 'a name may not be empty')
  .regex(/^[^/%&><]+$/, 'a name may not contain / % & > <');

/** `flow/deployment`, as commands and runDeployment take it. */
export type DeploymentName = `${string}/${string}`;

/** @returns undefined when the text is not of the form `flow/deployment` */
export function splitDeploymentName(text: string): { flow: string; deployment: string } | undefined {
  const [flow, deployment, ...more] = text.split('/');
  return flow && deployment && more.length === 0 ? { flow, deployment } : undefined;
}
