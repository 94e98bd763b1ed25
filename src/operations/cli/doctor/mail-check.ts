import type { Settings } from '../../../platform/config/settings.js';
import { mailFailure } from '../../../platform/mail/mail-failure.js';
import { transportOf } from '../../../platform/mail/mail-transport.js';
import { findings, type Finding } from './finding.js';

const { ok, warn, fail } = findings('mail');

/** Whether the mail server is there and lets us in. */
export async function checkMail(settings: Settings): Promise<Finding[]> {
  if (!settings.SMTP_URL) {
    return settings.NODE_ENV === 'development'
      ? [ok('SMTP_URL is not set: mail goes into data/outbox')]
      : [warn('SMTP_URL is not set: no mail is sent, and password resets and verification are off')];
  }
  const { host } = new URL(settings.SMTP_URL);
  const transport = transportOf(settings)!;
  try {
    await transport.verify?.();
    return [ok(`${host} takes mail from us`)];
  } catch (error) {
    const { code, cause, responseCode, status, reason = 'check the URL' } = mailFailure(error);
    const said = [code, cause, responseCode, status].filter(Boolean).join(' ') || 'unknown';
    return [fail(`SMTP_URL: ${host} does not take mail from us (${said}); ${reason}`)];
  } finally {
    transport.close?.();
  }
}
