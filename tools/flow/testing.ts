export { withArtifacts } from './author/with-artifacts.ts';
export { type DeploymentStub, type DeploymentStubs, type StubbedCall, withDeployments } from './author/children/with-deployments.ts';
export { withInput } from './author/pause/with-input.ts';
