import { findIntegrations } from '../load/find-integrations.ts';
import { loadProjects } from '../load/load-projects.ts';

/** Runs in a child process. Loads all integrations of a workspace with Node's own loader, because the test runner's loader changes imports. */
process.on('message', (root: string) => {
  void loadProjects(findIntegrations(root), root).then((loaded) => process.send?.(loaded));
});
process.on('disconnect', () => process.exit(0));
