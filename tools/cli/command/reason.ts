/** Shortens a server's reason for a refusal, so that it can end a sentence: drops Prefect's introduction and the full stop. */
export function reasonText(reason: string): string {
  return reason
    .replace(/^(Error (creating|updating) flow run|Reason): /, '')
    .replace(/^Validation failed(?: for field '(.+?)')?\. Failure reason: /, (_, field?: string) =>
      field === undefined ? '' : `${field}: `,
    )
    .replace(/\.$/, '');
}
