import type { Settings } from '../../config/settings.js';
import { Metrics } from '../../http/metrics.js';
import { MailService } from '../../mail/mail.service.js';
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
  const mail = new MailService(settings, new Metrics());
  try {
    await mail.verify();
    return [ok(`${host} takes mail from us`)];
  } catch (error) {
    const { code, responseCode } = error as { code?: string; responseCode?: number };
    // Not its text: what a mail server says may quote the password.
    const reason = [code, responseCode].filter(Boolean).join(' ') || 'unknown';
    return [
      fail(
        `SMTP_URL: ${host} does not take mail from us (${reason}); ${MENDING[code ?? ''] ?? 'check the URL'}`,
      ),
    ];
  } finally {
    await mail.onApplicationShutdown();
  }
}

const MENDING: Record<string, string> = {
  EAUTH: 'check user and password',
  ETLS: 'it offers no TLS; use smtps://, or ?requireTLS=false on a network you trust',
  ECONNECTION: 'check host and port, and that it is running',
  ESOCKET: 'check host, port and certificate, and that it is running',
  EDNS: 'check the name of the host',
  ETIMEDOUT: 'it does not answer; check host, port and firewall',
};
