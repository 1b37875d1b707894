/** Shortens a server's reason for a refusal, to be the end of a sentence: drops the introduction of Prefect's servers and the full stop. */
export function reasonText(reason: string): string {
  return reason
    .replace(/^(Error (creating|updating) flow run|Reason): /, '')
    .replace(/^Validation failed(?: for field '(.+?)')?\. Failure reason: /, (_, field?: string) =>
      field === undefined ? '' : `${field}: `,
    )
    .replace(/\.$/, '');
}
