import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { v7 as uuidv7 } from 'uuid';
import { isLoopback, type Settings } from '../config/settings.js';
import { asHtml, asText, type Letter } from './letter.js';

const OUTBOX = 'data/outbox';
const CONNECT_WITHIN_MS = 5_000;
const ANSWER_WITHIN_MS = 10_000;
/** For a server that always answers a little, and never enough. */
const TAKE_WITHIN_MS = 30_000;

/** Takes letters away: to a mail server, or into a folder. */
export interface Post {
  /** Resolves to where a developer finds the letter, if it did not go to a mail server. */
  take: (letter: Letter) => Promise<string | undefined>;
  close: () => void;
}

/** How this server sends mail; `undefined` when it sends none. */
export function postOf(settings: Settings): Post | undefined {
  if (settings.SMTP_URL) return smtp(settings);
  return settings.NODE_ENV === 'development' ? outbox(settings) : undefined;
}

function smtp(settings: Settings): Post {
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
    take: async (letter) => {
      const signal = AbortSignal.timeout(TAKE_WITHIN_MS);
      await transport.sendMail({ ...messageOf(letter, settings), signal });
      return undefined;
    },
    close: () => transport.close({ force: true }),
  };
}

/** For development: one file for each letter, for nobody else's eyes. */
function outbox(settings: Settings): Post {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  return {
    take: async (letter) => {
      const { message } = await transport.sendMail(messageOf(letter, settings));
      const path = join(OUTBOX, `${uuidv7()}.eml`);
      await mkdir(OUTBOX, { recursive: true, mode: 0o700 });
      await writeFile(path, message as Buffer, { mode: 0o600 });
      return path;
    },
    close: () => {},
  };
}

/** Addresses travel as objects, which nodemailer does not parse, so that none can name two recipients. */
function messageOf(letter: Letter, settings: Settings): SendMailOptions {
  const from = settings.MAIL_FROM || `no-reply@${new URL(settings.PUBLIC_URL).hostname}`;
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
