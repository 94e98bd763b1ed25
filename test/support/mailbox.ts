import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { MailService } from '../../src/platform/mail/mail.service.js';
import type { TestApp } from './app.js';

/** A mail as it arrived. */
export interface Mail {
  /** From the envelope: where it really went. */
  from: string;
  to: string[];
  headers: Record<string, string>;
  /** The head as it came, and everything as it came. */
  head: string;
  raw: string;
  text: string;
  html: string;
  /** The one link in it, and the token in that. */
  link: string | undefined;
  token: string | undefined;
}

/** A mail server of one's own, on loopback. */
export class Mailbox {
  readonly mails: Mail[] = [];
  private constructor(private readonly server: SMTPServer) {}

  /** @param behaviour how it refuses, or is slow; it takes everything when left out */
  static async open(behaviour: SMTPServerOptions = {}): Promise<Mailbox> {
    const mailbox = new Mailbox(
      new SMTPServer({
        authOptional: true,
        disabledCommands: ['STARTTLS', 'AUTH'],
        closeTimeout: 100,
        // Or the greeting waits for a name server.
        disableReverseLookup: true,
        onData: (stream, { envelope }, done) => {
          const chunks: Buffer[] = [];
          stream.on('data', (chunk: Buffer) => chunks.push(chunk));
          stream.on('end', () => {
            const { mailFrom, rcptTo } = envelope;
            const from = mailFrom ? mailFrom.address : '';
            mailbox.mails.push(
              parse(
                from,
                rcptTo.map(({ address }) => address),
                Buffer.concat(chunks),
              ),
            );
            done();
          });
        },
        ...behaviour,
      }),
    );
    // A client that goes away in the middle is no failure of a spec.
    mailbox.server.on('error', () => {});
    mailbox.server.listen(0, '127.0.0.1');
    await once(mailbox.server.server, 'listening');
    return mailbox;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
  }

  /** Has the application send what it has, and gives what has arrived for `address`, oldest first. */
  async of(app: TestApp, address: string): Promise<Mail[]> {
    await app.nest.get(MailService).flush();
    return this.mails.filter(({ to }) => to.includes(address));
  }

  /** The newest mail for `address` with this in its subject. */
  async last(app: TestApp, address: string, subject: string): Promise<Mail> {
    const found = (await this.of(app, address)).filter(({ headers }) =>
      headers['subject']?.includes(subject),
    );
    if (found.length === 0) throw new Error(`no mail to ${address} about "${subject}"`);
    return found.at(-1)!;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

/** Reads the two parts of a mail, as this server writes them. */
export function parse(from: string, to: string[], bytes: Buffer): Mail {
  const raw = bytes.toString();
  const [head, ...body] = raw.split('\r\n\r\n') as [string, ...string[]];
  const headers = headersOf(head);
  const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1];
  const parts = body
    .join('\r\n\r\n')
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => part.replace(/^\r\n/, '').split('\r\n\r\n') as [string, ...string[]]);
  const [text = '', html = ''] = parts.map(([partHead, ...lines]) =>
    decoded(lines.join('\r\n\r\n'), headersOf(partHead)['content-transfer-encoding'] ?? '7bit'),
  );
  const link = /https?:\/\/\S+/.exec(text)?.[0];
  return { from, to, headers, head, raw, text, html, link, token: link?.split('#')[1]?.slice(2) };
}

function headersOf(head: string): Record<string, string> {
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
}

function decoded(body: string, encoding: string): string {
  const text = body.replaceAll('\r\n', '\n');
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString();
  if (encoding !== 'quoted-printable') return text;
  const bytes = text
    .replaceAll('=\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
