/** A server's reason for a refusal, to end a sentence: without the introduction that Prefect's servers put before it. */
export function reasonText(reason: string): string {
  return reason
    .replace(/^(Error (creating|updating) flow run|Reason): /, '')
    .replace(/^Validation failed(?: for field '(.+?)')?\. Failure reason: /, (_, field?: string) =>
      field === undefined ? '' : `${field}: `,
    )
    .replace(/\.$/, '');
}
