import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { v7 as uuidv7 } from 'uuid';
import { isLoopback } from '../config/setting-formats.js';
import type { Settings } from '../config/settings.js';
import { asHtml, asText, type Letter } from './letters.service.js';
import type { MailTransport } from './mail.service.js';

const OUTBOX = 'data/outbox';
const CONNECT_WITHIN_MS = 5_000;
const ANSWER_WITHIN_MS = 10_000;
/** For a server that always answers a little, and never enough. */
const SEND_WITHIN_MS = 30_000;

/** How this server sends mail; `undefined` when it sends none. */
export function transportOf(settings: Settings): MailTransport | undefined {
  if (settings.SMTP_URL) return smtp(settings);
  return settings.NODE_ENV === 'development' ? outbox(settings) : undefined;
}

function smtp(settings: Settings): MailTransport {
  const transport = createTransport({
    url: settings.SMTP_URL,
    pool: true,
    // Letters carry secrets. An operator who trusts the network says ?requireTLS=false in the URL.
    requireTLS: !isLoopback(new URL(settings.SMTP_URL).hostname),
    connectionTimeout: CONNECT_WITHIN_MS,
    greetingTimeout: CONNECT_WITHIN_MS,
    socketTimeout: ANSWER_WITHIN_MS,
    // Retried by the one who calls, who knows when to give up.
    maxRequeues: 0,
  });
  return {
    send: async (letter) => {
      const signal = AbortSignal.timeout(SEND_WITHIN_MS);
      await transport.sendMail({ ...messageOf(letter, settings), signal });
      return undefined;
    },
    verify: async () => void (await transport.verify()),
    close: () => transport.close({ force: true }),
  };
}

/** For development: one file for each letter, for nobody else's eyes. */
function outbox(settings: Settings): MailTransport {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  return {
    send: async (letter) => {
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
    html: asHtml(letter),
    // RFC 3834 §5: nobody's out-of-office reply is wanted.
    headers: { 'Auto-Submitted': 'auto-generated' },
    xMailer: false,
  };
}
