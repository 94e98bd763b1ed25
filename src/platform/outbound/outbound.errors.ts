/** Something could not be fetched. The message is for developers; it says nothing of what answers in the network. */
export class OutboundRefused extends Error {
  /** @param cause for the log */
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
  }
}
