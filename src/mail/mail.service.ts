import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { randomInt } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { Settings } from '../config/settings.js';
import { Metrics } from '../http/metrics.js';
import { MailOff } from './mail.errors.js';
import type { Letter } from './letter.js';
import { postOf, type Post } from './post.js';

/** How many letters may be on their way; those beyond are dropped. */
const MAX_UNDERWAY = 1_000;
/** At random within this, so that neither an answer nor the one after it tells whether there was a letter to write. */
const BEGIN_WITHIN_MS = 1_000;
const RETRY_AFTER_MS = [5_000, 60_000];
const FLUSH_WITHIN_MS = 3_000;

/** Writes a letter when its time has come; nothing when there is nothing to write after all. */
type Write = () => Promise<Letter | '' | undefined>;

interface Waiting {
  timer: NodeJS.Timeout;
  begin: () => void;
}

/**
 * Sends mail, always behind the back of the request: no answer waits for it, fails with it or tells of it. What is
 * underway lives in memory; it survives a graceful stop, and not a crash.
 */
@Injectable()
export class MailService implements OnApplicationShutdown {
  private readonly log = new Logger(MailService.name);
  private readonly post: Post | undefined;
  private readonly waiting = new Set<Waiting>();
  private readonly underway = new Set<Promise<void>>();

  constructor(
    settings: Settings,
    private readonly metrics: Metrics,
  ) {
    this.post = postOf(settings);
    metrics.gauge(
      'gatehouse_mails_underway',
      'Mails that wait or are being sent',
      () => this.waiting.size + this.underway.size,
    );
    if (!this.post && settings.NODE_ENV === 'production')
      this.log.warn('SMTP_URL is not set: no mail is sent, and what needs mail is off');
  }

  async onApplicationShutdown(): Promise<void> {
    // Nothing may keep the process from stopping.
    await Promise.race([this.flush(), after(FLUSH_WITHIN_MS, undefined, { ref: false })]);
    this.post?.close();
  }

  /** For what makes no sense without mail. @throws MailOff */
  refuseWhenOff(): void {
    if (!this.post) throw new MailOff();
  }

  /** Has a letter written and sent later on. Never throws, and does nothing when mail is off. */
  later(write: Write): void {
    if (!this.post) return;
    if (this.waiting.size + this.underway.size >= MAX_UNDERWAY) {
      this.count('dropped');
      this.log.warn('a mail was dropped, too many are underway');
      return;
    }
    this.wait(write, randomInt(BEGIN_WITHIN_MS), 0);
  }

  /** Sends at once what is waiting, and waits until all of it is sent or given up. */
  async flush(): Promise<void> {
    while (this.waiting.size + this.underway.size > 0) {
      for (const each of this.waiting) each.begin();
      await Promise.all(this.underway);
    }
  }

  private wait(write: Write, ms: number, tries: number): void {
    const waiting: Waiting = {
      timer: setTimeout(() => waiting.begin(), ms).unref(),
      begin: () => {
        clearTimeout(waiting.timer);
        this.waiting.delete(waiting);
        const done = this.writeAndSend(write, tries).finally(() => this.underway.delete(done));
        this.underway.add(done);
      },
    };
    this.waiting.add(waiting);
  }

  private async writeAndSend(write: Write, tries: number): Promise<void> {
    try {
      const letter = await write();
      if (letter) await this.send(letter, tries);
    } catch (error) {
      this.count('failed');
      this.log.warn(error);
    }
  }

  private async send(letter: Letter, tries: number): Promise<void> {
    try {
      const path = await this.post!.take(letter);
      if (path) this.log.log(`a mail to ${letter.to} is in ${path}`);
      this.count('sent');
    } catch (error) {
      const { code, responseCode } = error as { code?: string; responseCode?: number };
      // RFC 5321 §4.2.1: 5yz is for good.
      const retryAfter = (responseCode ?? 0) >= 500 ? undefined : RETRY_AFTER_MS[tries];
      // Neither address nor text: what the mail server says may quote both.
      this.log.warn({ msg: 'a mail could not be sent', code, responseCode, tries: tries + 1 });
      this.count(retryAfter === undefined ? 'failed' : 'retried');
      if (retryAfter !== undefined) this.wait(async () => letter, retryAfter, tries + 1);
    }
  }

  private count(outcome: string): void {
    this.metrics.count('gatehouse_mails_total', 'Mails by outcome', outcome);
  }
}
