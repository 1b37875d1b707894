/** A difference that is meant. `tools/contract/PROTOCOL.md` gives the reason of each, under the same key. */
export interface MeantDifference {
  readonly key: string;
  /** `topic/step`; `*` stands for any text */
  readonly steps: readonly string[];
  /** places in the answer, `status`, `body.labels`; `*` stands for any text */
  readonly paths: readonly string[];
  /** what ours answers there; anything when left out */
  readonly ours?: string | number | boolean | null;
}

export const differences: readonly MeantDifference[] = [
  {
    key: 'our-own-routes',
    steps: ['admin/what only our server can do', 'admin/runs to cancel, which only our server tells'],
    paths: ['status'],
    ours: 200,
  },
];
