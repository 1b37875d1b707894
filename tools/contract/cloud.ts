/** Whether a URL is that of a workspace of Prefect Cloud. */
export function isCloud(apiUrl: string): boolean {
  return /\/accounts\/[^/]+\/workspaces\/[^/]+$/.test(apiUrl);
}
