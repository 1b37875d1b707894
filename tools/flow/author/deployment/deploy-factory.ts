import type { DeploymentDefinition } from '../../run/deployment-definition.ts';
import { defineDeployment } from './define-deployment.ts';
import type { DeployOptions } from './deploy-options.ts';

/**
 * Defines a deployment of a flow.
 * @throws immediately, with the deployment and the value, when a name, an option, a schedule, a timezone or a parameter is invalid
 * @example
 * export const nightly = deployFactory({ name: 'nightly', flow: load, cron: '0 2 * * *', timezone: 'Europe/Vienna' });
 */
export function deployFactory<Input>(options: DeployOptions<Input>): DeploymentDefinition {
  return defineDeployment(options);
}
