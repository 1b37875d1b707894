import { dbt, selectingSubCommands } from '@tributary/dbt';
import { flow } from '@tributary/flow';
import { z } from 'zod';

/** The dbt project in this integration's folder. */
const project = dbt({ projectDir: `${import.meta.dirname}/..` });

/** Runs `dbt <subCmd> --select <models>`. Each model and test becomes a task run. */
export const dbtCommandFlow = flow(
  {
    name: 'dbt-command-flow',
    parameters: z.object({
      subCmd: z.enum(selectingSubCommands).default('build'),
      models: z.string().trim().min(1).default('stage_dummyjson__products+').describe("dbt's selection syntax"),
    }),
  },
  async ({ subCmd, models }) => {
    const { nodes, output, seconds } = await project.command(subCmd, { select: models });
    return { nodes: nodes.length, output: [...output], seconds: Number(seconds.toFixed(2)) };
  },
);
