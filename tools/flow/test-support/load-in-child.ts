import { loadDeployments } from '../deploy.ts';

/** Runs in a child process. Loads deployments.ts files with Node's own loader, because the test runner's loader changes their imports. */
process.on('message', (message: { file: string; root: string }) => {
  loadDeployments(message.file, { root: message.root }).then(
    (loaded) => process.send?.(loaded),
    ({ code, message: text, facts }) => process.send?.({ error: { code, message: text, facts } }),
  );
});
process.on('disconnect', () => process.exit(0));
