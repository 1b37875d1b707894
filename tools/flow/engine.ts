export { connect } from './engine/connect.ts';
export { findRoot, homeOf } from './engine/find-root.ts';
export { nodeTransport } from './engine/node-transport.ts';
export { resolveEngine, type Engine, type EngineQuestion } from './engine/resolve-engine.ts';
export { identifyWorkspace, type Workspace } from './engine/workspace-id.ts';
export { localWorkspace, readWorkspaceSettings, type StorageSettings } from './engine/workspace-setting.ts';
