export { type DeploymentStub, type DeploymentStubs, type StubbedCall, withDeployments } from './author/with-deployments.ts';
