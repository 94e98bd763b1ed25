import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { Metrics, type Count } from '../http/metrics.js';
import type { Letter } from './mail.types.js';
import { MailQueue, type Claimed, type Waiting } from './mail-queue.service.js';
import { mailFailure } from './mail-failure.js';
import { LetterRefused } from './mail.errors.js';
import { transportOf } from './mail-transport.js';
import type { MailTransport } from './mail.types.js';

/** A letter whose time to be written has come. */
export interface ToWrite {
  to: string;
  /** What was given to {@link MailService.later}, and the language of the request where there is none in that. */
  detail: Record<string, unknown> & { locale?: string };
}

/** Writes letters of one kind. */
export interface Writer {
  /** Nothing when there is nothing to write after all. Called again for each try, so that tokens are made here. */
  write: (letters: [ToWrite, ...ToWrite[]]) => Promise<Letter | '' | undefined>;
  /**
   * Whether those that are too many for their address are told together in one letter, a while later. Otherwise they are
   * left out, and so is their writing.
   */
  isToldTogether?: boolean;
}

/** What became of letters: those that wait no longer, and those that are to be tried again. */
export interface Delivery {
  gone: Waiting[];
  again: Waiting[];
}

type ToSend = [Claimed, ...Claimed[]];

const NOTHING: Delivery = { gone: [], again: [] };
/** How many letters of one kind go to one address in an hour; of those that are told together, before they are. */
const MAX_TO_ADDRESS = 5;
const TOLD_TOGETHER_EVERY_MS = 10 * 60_000;
const RETRY_AFTER_MS = [5_000, 60_000];
/** Letters begin at random within this after they were asked for. */
export const BEGIN_WITHIN_MS = 1_000;

/** Has one letter written and taken away. Whose turn it is, `MailService` decides. */
@Injectable()
export class MailDelivery {
  transport: MailTransport | undefined;
  readonly count: Count<'sent' | 'retried' | 'failed' | 'dropped' | 'withheld'>;
  readonly writers = new Map<string, Writer>();
  private readonly log = new Logger(MailDelivery.name);

  constructor(
    private readonly settings: Settings,
    private readonly queue: MailQueue,
    metrics: Metrics,
  ) {
    const outcomes = ['sent', 'retried', 'failed', 'dropped', 'withheld'] as const;
    this.count = metrics.counter('gatehouse_mails_total', 'Mails by outcome', outcomes);
    this.transport = transportOf(settings);
  }

  /** Writes a letter and sends it, withholds it, or postpones it; notices to the same address may be merged into it. */
  async deliver(waiting: Waiting): Promise<Delivery> {
    const first = await this.queue.claim(waiting, Date.now());
    if (!first) return NOTHING;
    if (first.address === null) return this.leave([first]);
    const letters: ToSend = [first];
    const writer = this.writers.get(first.kind);
    if (this.settings.RATE_LIMIT === 'on') {
      const { count, lastAt } = await this.queue.sentTo(first);
      if (count >= MAX_TO_ADDRESS) {
        if (!writer?.isToldTogether) return this.leaveOut(first);
        const togetherAt = lastAt + TOLD_TOGETHER_EVERY_MS;
        if (togetherAt > Date.now() + BEGIN_WITHIN_MS) return this.putOff(first, togetherAt);
        letters.push(...(await this.queue.claimAlike(first, Date.now() + BEGIN_WITHIN_MS)));
      }
    }
    return this.tryToSend(letters, writer);
  }

  private async tryToSend(letters: ToSend, writer: Writer | undefined): Promise<Delivery> {
    const [first, ...others] = letters;
    try {
      if (!writer) throw new Error(`no writer is known for mails of the kind ${first.kind}`);
      const toWrite = letters.map(({ address, detail }) => ({ to: address!, detail }));
      const letter = await writer.write(toWrite as [ToWrite, ...ToWrite[]]);
      if (!letter) return this.leave(letters);
      const path = await this.transport!.send(letter);
      if (path) this.log.log(`a mail to ${letter.to} is in ${path}`);
    } catch (error) {
      return this.afterFailure(error, letters);
    }
    this.count('sent');
    await this.queue.noteSent(first);
    await this.leave(others);
    return { gone: letters, again: [] };
  }

  private async afterFailure(error: unknown, letters: ToSend): Promise<Delivery> {
    const failure = mailFailure(error);
    const { tries } = letters[0];
    // RFC 5321 §4.2.1: 5yz is for good.
    const isForGood = error instanceof LetterRefused || (failure.responseCode ?? 0) >= 500;
    const retryAfter = isForGood ? undefined : RETRY_AFTER_MS[tries];
    // Neither address nor text: what the mail server says may quote both.
    this.log.warn({ msg: 'a mail could not be sent', ...failure, tries: tries + 1 });
    this.count(retryAfter === undefined ? 'failed' : 'retried');
    if (retryAfter === undefined) return this.leave(letters);
    const again = letters.map((each) => ({ ...each, dueAt: Date.now() + retryAfter }));
    for (const each of again) await this.queue.putBack(each);
    return { gone: [], again };
  }

  /** Found again in the table when its time has come. */
  private async putOff(letter: Claimed, dueAt: number): Promise<Delivery> {
    await this.queue.putBack({ ...letter, dueAt }, true);
    return NOTHING;
  }

  private leaveOut(letter: Claimed): Promise<Delivery> {
    this.count('withheld');
    return this.leave([letter]);
  }

  private async leave(letters: Claimed[]): Promise<Delivery> {
    for (const letter of letters) await this.queue.forget(letter);
    return { gone: letters, again: [] };
  }
}
