import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { leaf } from '../command/leaf.ts';

export function addDoctorCommand(program: Command): void {
  leaf(program, {
    name: 'doctor',
    summary: 'check this machine and workspace, and say how to solve each problem',
    details:
      'Checks Node, npm packages, Python and dbt, DuckDB, the folder .tributary/, the server, its workers, and deployments that the workspace no longer declares. Exit code 1 if something is wrong.',
    examples: ['doctor', 'doctor --json'],
  }).action(async (_, command: Command) => {
    const { doctor } = await import('./doctor.ts');
    await act(command, doctor);
  });
}
