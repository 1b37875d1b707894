/** Whether a URL belongs to a Prefect Cloud workspace. */
export function isCloud(apiUrl: string): boolean {
  return /\/accounts\/[^/]+\/workspaces\/[^/]+$/.test(apiUrl);
}
