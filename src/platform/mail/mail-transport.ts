import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SendMailOptions } from 'nodemailer';
import { v7 as uuidv7 } from 'uuid';
import { isLoopback } from '../config/setting-formats.js';
import type { Settings } from '../config/settings.js';
import { asHtml, asText, brandOf } from './letters.service.js';
import type { Letter } from './mail.types.js';
import type { MailTransport } from './mail.types.js';

const OUTBOX = 'data/outbox';
const CONNECT_WITHIN_MS = 5_000;
/** Exim asks for the name of who connects before it greets, which takes seconds where no name server answers. */
const GREET_WITHIN_MS = 15_000;
const ANSWER_WITHIN_MS = 10_000;
/** For a server that always answers a little, and never enough. */
const SEND_WITHIN_MS = 30_000;

/** Loaded for the first letter. */
const nodemailer = () => import('nodemailer');

/** How this server sends mail; `undefined` when it sends none. */
export function transportOf(settings: Settings): MailTransport | undefined {
  if (settings.SMTP_URL) return smtp(settings);
  return settings.NODE_ENV === 'development' ? outbox(settings) : undefined;
}

function smtp(settings: Settings): MailTransport {
  const options = {
    url: settings.SMTP_URL,
    pool: true,
    ...tlsOf(settings),
    connectionTimeout: CONNECT_WITHIN_MS,
    greetingTimeout: GREET_WITHIN_MS,
    socketTimeout: ANSWER_WITHIN_MS,
    // Retried by the one who calls, who knows when to give up.
    maxRequeues: 0,
  };
  const make = async () => (await nodemailer()).createTransport(options);
  let made: ReturnType<typeof make> | undefined;
  const transport = () => (made ??= make());
  return {
    send: async (letter) => {
      const signal = AbortSignal.timeout(SEND_WITHIN_MS);
      await (await transport()).sendMail({ ...messageOf(letter, settings), signal });
      return undefined;
    },
    verify: async () => void (await (await transport()).verify()),
    close: () => void made?.then((each) => each.close({ force: true })),
  };
}

/**
 * Letters carry secrets, so that TLS is needed, with a certificate that is trusted. Not on this machine, unless the operator
 * asks: what distributions install there offers STARTTLS with a self-made certificate. What stands in the URL, such as
 * `?requireTLS=false`, goes before all of it.
 */
function tlsOf({ SMTP_URL, SMTP_TLS }: Settings) {
  const { protocol, hostname, port, searchParams } = new URL(SMTP_URL);
  const isHere = isLoopback(hostname) && protocol === 'smtp:';
  const asks = SMTP_TLS !== '' || [...searchParams.keys()].some((name) => /tls/i.test(name));
  // A mail server listens at 25; 587, the default elsewhere, is for clients of a provider.
  const options = isHere && port === '' ? { port: 25 } : {};
  if (SMTP_TLS === 'off' || (isHere && !asks)) return { ...options, ignoreTLS: true };
  const anyCertificate = SMTP_TLS === 'encrypt' && { tls: { rejectUnauthorized: false } };
  return { ...options, ...anyCertificate, requireTLS: true };
}

/** For development: one file for each letter, readable by the owner of the process only. */
function outbox(settings: Settings): MailTransport {
  return {
    send: async (letter) => {
      const { createTransport } = await nodemailer();
      const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
      const { message } = await transport.sendMail(messageOf(letter, settings));
      const path = join(OUTBOX, `${uuidv7()}.eml`);
      await mkdir(OUTBOX, { recursive: true, mode: 0o700 });
      await writeFile(path, message as Buffer, { mode: 0o600 });
      return path;
    },
  };
}

/** The address that letters come from. */
export function senderOf({ MAIL_FROM, PUBLIC_URL }: Settings): string {
  return MAIL_FROM || `no-reply@${new URL(PUBLIC_URL).hostname}`;
}

/** Addresses travel as objects, which nodemailer does not parse, so that none can name two recipients. */
function messageOf(letter: Letter, settings: Settings): SendMailOptions {
  const from = senderOf(settings);
  return {
    from: { name: settings.APP_NAME, address: from },
    to: { name: '', address: letter.to },
    envelope: { from, to: [letter.to] },
    subject: letter.subject,
    text: asText(letter),
    html: asHtml(letter, brandOf(settings)),
    // RFC 3834 §5: no out-of-office reply is wanted.
    headers: { 'Auto-Submitted': 'auto-generated' },
    xMailer: false,
  };
}
