/** What a mail that was not sent says of why, in words that may be logged: nothing that the mail server wrote. */
export interface MailFailure {
  /** Of the transport, such as ESOCKET or EAUTH. */
  code: string | undefined;
  /** What the system or OpenSSL calls it, such as ECONNREFUSED or DEPTH_ZERO_SELF_SIGNED_CERT. */
  cause: string | undefined;
  /** The command that was refused, such as RCPT TO. */
  command: string | undefined;
  /** The reply and its enhanced status (RFC 5321 §4.2, RFC 3463), such as 550 and 5.1.1. */
  responseCode: number | undefined;
  status: string | undefined;
  /** What to mend, where that is known. */
  reason: string | undefined;
}

const NOT_TRUSTED =
  'its certificate is self-made or not trusted here: set SMTP_TLS=encrypt, or NODE_EXTRA_CA_CERTS to its file';
const REASONS: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: NOT_TRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_TRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_TRUSTED,
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it, or set SMTP_TLS=encrypt',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another name: put that name into SMTP_URL, or set SMTP_TLS=encrypt',
  ERR_SSL_WRONG_VERSION_NUMBER:
    'it speaks no TLS from the start at this port: use smtp://, or the port of smtps://',
  ECONNREFUSED:
    'nothing listens there: check host and port (of smtp://: 25 on this machine, otherwise 587), and that it is running',
  EAUTH: 'check user and password',
  ETLS: 'it offers no TLS, or cannot: use smtps://, or SMTP_TLS=off on a network you trust',
  ECONNECTION: 'check host and port, and that it is running',
  ESOCKET: 'check host and port, and that it is running',
  EDNS: 'check the name of the host',
  ETIMEDOUT: 'it does not answer: check host, port and firewall',
};
const REFUSALS: Record<string, string> = {
  'MAIL FROM': 'it refuses the sender: check MAIL_FROM',
  'RCPT TO':
    'it refuses the recipient: the mailbox is not there, or it does not send to other domains for us',
  DATA: 'it refuses the mail',
};

/** Why a mail was not sent. Of an error that is not known, no text is taken: it may quote an address or a password. */
export function mailFailure(error: unknown): MailFailure {
  const { code, originalCode, command, responseCode, response } = (error ?? {}) as Record<string, unknown>;
  const [cause, refused] = [textOf(originalCode), textOf(command)];
  const [, status] = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(textOf(response) ?? '') ?? [];
  const reason = REASONS[cause ?? ''] ?? REFUSALS[refused ?? ''] ?? REASONS[textOf(code) ?? ''];
  return {
    code: textOf(code),
    cause: cause === code ? undefined : cause,
    command: refused,
    responseCode: typeof responseCode === 'number' ? responseCode : undefined,
    status,
    reason,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
