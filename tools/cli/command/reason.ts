/** A server's reason for a no, for the end of a sentence: without what Prefect's servers put before it to say that it is one. */
export function reasonText(reason: string): string {
  return reason
    .replace(/^(Error (creating|updating) flow run|Reason): /, '')
    .replace(/^Validation failed(?: for field '(.+?)')?\. Failure reason: /, (_, field?: string) =>
      field === undefined ? '' : `${field}: `,
    )
    .replace(/\.$/, '');
}
