/** A mail before it is written. Nothing that a stranger chose belongs into it, no name and no user agent. */
export interface Letter {
  /** As it is stored with the account, and never as a request spelled it. */
  to: string;
  /** The language that it is written in, English when it is left out. */
  locale?: string;
  subject: string;
  /** Paragraphs of plain text. */
  before: string[];
  link?: { label: string; url: string };
  after?: string[];
}

/** Takes letters away: to a mail server, into a folder, or as a module has it; see `MailService.useTransport`. */
export interface MailTransport {
  /**
   * Resolves once the letter is taken: to where a developer finds it, if it did not go to a mail server. What it throws
   * is not logged but for a `code`, and it is asked again twice.
   * @throws LetterRefused for a letter that must not be tried again
   */
  send: (letter: Letter) => Promise<string | undefined | void>;
  /** Greets the mail server and logs in, without sending anything. */
  verify?: () => Promise<void>;
  /** When the server stops. */
  close?: () => void;
}
