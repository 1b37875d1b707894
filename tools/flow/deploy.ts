export { isDeployment } from './run/deployment-definition.ts';
export { applyDeployment, type DeploymentClient } from './deploy/apply-deployment.ts';
export { applyFromScript } from './deploy/apply-from-script.ts';
export type { DesiredDeployment } from './deploy/desired-deployment.ts';
export { loadDeployments } from './deploy/load-deployments.ts';
export { refuseDuplicates } from './deploy/refuse-duplicates.ts';
