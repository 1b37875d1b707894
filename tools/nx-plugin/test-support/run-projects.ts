// Plans or deploys integrations like the executors, but without Nx, which would take a second: `node run-projects.ts deploy ints/shop …`.
import { runProjects } from '@tributary/plan/projects';
import { projectIn } from '@tributary/plan/project';

const [, , verb, ...roots] = process.argv;
const projects = roots.map(projectIn);
const announce = (line: string): void => void process.stdout.write(`${line}\n`);
let code = 0;
for await (const { success, output } of runProjects({
  verb: verb === 'deploy' ? 'deploy' : 'plan',
  projects,
  root: process.cwd(),
  options: {},
  announce,
})) {
  process.stdout.write(output);
  if (!success) code = 1;
}
process.exitCode = code;
