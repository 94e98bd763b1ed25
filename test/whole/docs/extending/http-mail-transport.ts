import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { asHtml, asText } from '../../../../src/platform/mail/letters.service.js';
import type { Letter } from '../../../../src/platform/mail/mail.types.js';
import { LetterRefused } from '../../../../src/platform/mail/mail.errors.js';
import { MailService } from '../../../../src/platform/mail/mail.service.js';
import type { MailTransport } from '../../../../src/platform/mail/mail.types.js';

/** Sends mail through a provider's HTTP API: `MAIL_API_URL`, `MAIL_API_TOKEN`. */
@Injectable()
export class HttpMailTransport implements MailTransport, OnModuleInit {
  constructor(private readonly mail: MailService) {}

  onModuleInit(): void {
    this.mail.useTransport(this);
  }

  send = async (letter: Letter): Promise<void> => {
    const { MAIL_API_URL, MAIL_API_TOKEN } = process.env;
    const { status } = await fetch(MAIL_API_URL!, {
      method: 'POST',
      headers: { authorization: `Bearer ${MAIL_API_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        from: this.mail.sender,
        to: letter.to,
        subject: letter.subject,
        text: asText(letter),
        html: asHtml(letter),
      }),
      signal: AbortSignal.timeout(10_000),
    });
    // Such as an address that cannot be: asking again would not help.
    if (status === 400 || status === 422) throw new LetterRefused(`the mail API answered ${status}`);
    if (status >= 300) throw new Error(`the mail API answered ${status}`);
  };
}

@Module({ providers: [HttpMailTransport] })
export class HttpMailTransportModule {}
