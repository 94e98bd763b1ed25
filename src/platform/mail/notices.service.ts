import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { Settings } from '../config/settings.js';
import type { Speak } from '../texts/texts.types.js';
import { deviceOf, type Device } from './device-name.js';
import { LetterTexts, type LetterKey } from './letter-texts.service.js';
import { paragraphsOf, type Recipient } from './letters.service.js';
import type { ToWrite } from './mail-delivery.service.js';
import { MailService } from './mail.service.js';
import type { Letter } from './mail.types.js';

const NOT_YOU = 'notices.notYou';
const NOT_EXPECTED = 'notices.notExpected';

/** What people are told of (ASVS 6.3.5, 6.3.7), and the text of what they can do if it was not them. */
const NOTICES = {
  new_device: NOT_YOU,
  password_changed: NOT_YOU,
  second_factor_added: NOT_YOU,
  second_factor_removed: NOT_YOU,
  second_factors_removed: 'second_factors_removed.mend',
  recovery_codes_made: NOT_YOU,
  recovery_code_used: NOT_YOU,
  api_key_made: 'api_key_made.mend',
  api_key_revoked: NOT_YOU,
  roles_changed: NOT_EXPECTED,
  account_disabled: NOT_EXPECTED,
  account_enabled: NOT_EXPECTED,
  account_taken_over: 'account_taken_over.mend',
  email_changed: 'email_changed.mend',
  account_deleted: 'account_deleted.mend',
  address_in_use: 'address_in_use.mend',
} as const satisfies Record<string, LetterKey>;

export type Notice = keyof typeof NOTICES;

/** Whom to tell. */
export interface Addressee {
  email: string;
  emailVerifiedAt: Date | null;
  /** The language that letters to them are written in; that of the request where it is not known. */
  locale: string | null;
}

interface Told extends Device {
  notice: Notice;
  at: string;
  ip: string | null;
  locale?: string;
  /** Device and address as text, in what was queued before letters had languages. */
  where?: string;
}

const EXAMPLE = { at: '2026-01-01T12:00:00.000Z', browser: 'Firefox', system: 'Linux', ip: '192.0.2.1' };

/**
 * Tells people by mail what happened to their account. A new notice is a row in the table, and its texts. An address that is not
 * proved is told nothing: its owner may have nothing to do with the account.
 */
@Injectable()
export class NoticesService {
  constructor(
    private readonly settings: Settings,
    private readonly mail: MailService,
    private readonly texts: LetterTexts,
  ) {
    const write = async (letters: [ToWrite, ...ToWrite[]]) => this.letter(letters);
    mail.writes('notice', { isToldTogether: true, write });
  }

  /** Has a notice sent; resolves once it is kept. Never rejects. */
  async tell(notice: Notice, { email, emailVerifiedAt, locale }: Addressee, actor: Actor): Promise<void> {
    // A decoy, so that the time of the answer does not tell whether the address is proved.
    if (emailVerifiedAt === null) return this.mail.later('notice', email, null, actor);
    const where = { ...deviceOf(actor.userAgent), ip: actor.ip };
    const detail = { notice, at: new Date().toISOString(), ...where, ...(locale !== null && { locale }) };
    await this.mail.later('notice', email, detail, actor);
  }

  /** The same where it is yet to be seen, behind the answer, whether it is due. */
  tellIf(isDue: () => Promise<boolean>, notice: Notice, to: Addressee, actor: Actor): void {
    if (to.emailVerifiedAt === null) return;
    this.mail.soon(async () => {
      if (await isDue()) await this.tell(notice, to, actor);
    });
  }

  /** What people are told of. */
  get names(): string[] {
    return Object.keys(NOTICES);
  }

  /** A notice with an example in it; `undefined` where there is none of this name. */
  example(name: string, { to, locale }: Recipient): Letter | undefined {
    if (!Object.hasOwn(NOTICES, name)) return undefined;
    return this.letter([{ to, detail: { ...EXAMPLE, notice: name, locale: locale ?? 'en' } }]);
  }

  private letter([first, ...others]: [ToWrite, ...ToWrite[]]): Letter {
    const all = [first, ...others].map(({ detail }) => detail as unknown as Told);
    const told = all.filter(({ notice }) => notice in NOTICES);
    const kinds = [...new Set(told.map(({ notice }) => notice))];
    const { speak, locale } = this.texts.in(all.at(-1)!.locale);
    const subject = kinds.length === 1 ? (`${kinds[0]!}.subject` as const) : 'notices.subject';
    const happened = kinds.flatMap((kind) => {
      const ofKind = told.filter(({ notice }) => notice === kind);
      return [...paragraphsOf(speak(`${kind}.happened`)), facts(ofKind, { speak, locale })];
    });
    const mends = new Set<LetterKey>(kinds.map((kind) => NOTICES[kind]));
    return {
      to: first.to,
      locale,
      subject: `${this.settings.APP_NAME}: ${speak(subject)}`,
      before: [...happened, ...[...mends].flatMap((mend) => paragraphsOf(speak(mend)))],
    };
  }
}

/** When, from where, and how often something of one kind happened: the last time is said in full. */
function facts(told: Told[], { speak, locale }: { speak: Speak<LetterKey>; locale: string }): string {
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'long', timeZone: 'UTC' });
  const written = (at: string) => time.format(new Date(at));
  const { at, browser, system, ip, where } = told.at(-1)!;
  const device =
    browser && system
      ? speak('notices.device', { browser, system })
      : (browser ?? system ?? speak('notices.unknownDevice'));
  const from = where ?? `${device}, ${ip ?? speak('notices.unknownAddress')}`;
  const count = told.length;
  return [
    speak('notices.when', { when: written(at) }),
    speak('notices.from', { where: from }),
    ...(count === 1 ? [] : [speak('notices.often', { count, since: written(told[0]!.at) })]),
  ].join('\n');
}
