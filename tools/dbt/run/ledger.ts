import type { DbtEvent, DbtNode, NodeStatus } from './event.ts';

/** The outcome of a node, according to the events. */
export interface NodeResult {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** `running` if dbt ended before the node finished */
  readonly status: NodeStatus | 'running';
  /** dbt's own status: `success`, `pass`, `fail`, `error`, `warn`, `skipped` … */
  readonly said: string;
  readonly message: string;
  readonly seconds: number;
  readonly rows: number | null;
  readonly failures: number | null;
  /** the path of a failed node's compiled SQL */
  readonly compiledPath: string | null;
}

/** The record of a run's events. dbt's run_results.json can't be trusted after an interrupt. */
export interface Ledger {
  readonly nodes: ReadonlyMap<string, NodeResult>;
  /** messages of dbt's own failures */
  readonly failures: readonly string[];
  readonly output: readonly string[];
  /** the last lines that weren't JSON: the only output if dbt refuses its arguments or Python fails */
  readonly strays: readonly string[];
}

export interface MutableLedger extends Ledger {
  add(event: DbtEvent): void;
}

export function createLedger(): MutableLedger {
  const nodes = new Map<string, NodeResult>();
  const failures: string[] = [];
  const output: string[] = [];
  const strays: string[] = [];
  const change = (node: DbtNode, fields: Partial<NodeResult>) => {
    const before = nodes.get(node.id) ?? { ...unfinished, id: node.id, name: node.name, type: node.type };
    nodes.set(node.id, { ...before, ...fields });
  };
  return {
    nodes,
    failures,
    output,
    strays,
    add(event) {
      if (event.kind === 'started') change(event.node, {});
      else if (event.kind === 'rows') change(event.node, { rows: event.rows });
      else if (event.kind === 'finished') {
        const { status, said, message, seconds, failures: failed } = event;
        const rows = event.rows ?? nodes.get(event.node.id)?.rows ?? null;
        change(event.node, { status, said, message, seconds, failures: failed, rows });
      } else if (event.kind === 'compiled') {
        const node = nodes.get(event.nodeId);
        if (node) nodes.set(event.nodeId, { ...node, compiledPath: event.path });
      } else if (event.kind === 'failed') failures.push(event.message);
      else if (event.kind === 'output') output.push(event.text);
      else if (event.at === null) {
        strays.push(event.message);
        if (strays.length > 20) strays.shift();
      }
    },
  };
}

const unfinished = {
  status: 'running',
  said: 'running',
  message: '',
  seconds: 0,
  rows: null,
  failures: null,
  compiledPath: null,
} as const satisfies Partial<NodeResult>;
