export { type DeploymentStub, type DeploymentStubs, type StubbedCall, withDeployments } from './author/with-deployments.ts';
export { withInput } from './author/with-input.ts';
