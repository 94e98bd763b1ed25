import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { randomInt } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { Settings } from '../config/settings.js';
import { Metrics } from '../http/metrics.js';
import { LetterRefused, MailOff } from './mail.errors.js';
import type { Letter } from './letters.service.js';
import { senderOf, transportOf } from './mail-transport.js';

/** Takes letters away: to a mail server, into a folder, or as a module has it; see `MailService.useTransport`. */
export interface MailTransport {
  /**
   * Resolves once the letter is taken: to where a developer finds it, if it did not go to a mail server. What it throws
   * is not logged but for a `code`, and it is asked again twice.
   * @throws LetterRefused for a letter that must not be tried again
   */
  send: (letter: Letter) => Promise<string | undefined | void>;
  /** Greets the mail server and logs in, without sending anything. */
  verify?: () => Promise<void>;
  /** When the server stops. */
  close?: () => void;
}

/** How many letters may be on their way; those beyond are dropped. */
const MAX_UNDERWAY = 1_000;
/** At random within this, so that neither an answer nor the one after it tells whether there was a letter to write. */
const BEGIN_WITHIN_MS = 1_000;
const ANSWER_AFTER_MS = 50;
const RETRY_AFTER_MS = [5_000, 60_000];
const FLUSH_WITHIN_MS = 3_000;

/** Writes a letter when its time has come; nothing when there is nothing to write after all. */
type Write = () => Promise<Letter | '' | undefined>;

interface Waiting {
  to: string;
  write: Write;
  tries: number;
}

/**
 * Sends mail, always behind the back of the request: no answer waits for it, fails with it or tells of it. What is
 * underway lives in memory; it survives a graceful stop, and not a crash.
 */
@Injectable()
export class MailService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger(MailService.name);
  private transport: MailTransport | undefined;
  private readonly waiting = new Set<Waiting>();
  private readonly underway = new Set<Promise<void>>();
  /** By address, the letter that was begun last. */
  private readonly newest = new Map<string, Promise<void>>();

  constructor(
    private readonly settings: Settings,
    private readonly metrics: Metrics,
  ) {
    this.transport = transportOf(settings);
    metrics.gauge(
      'gatehouse_mails_underway',
      'Mails that wait or are being sent',
      () => this.waiting.size + this.underway.size,
    );
  }

  onApplicationBootstrap(): void {
    if (!this.transport && this.settings.NODE_ENV === 'production')
      this.log.warn('SMTP_URL is not set: no mail is sent, and what needs mail is off');
  }

  async onApplicationShutdown(): Promise<void> {
    // Nothing may keep the process from stopping.
    await Promise.race([this.flush(), after(FLUSH_WITHIN_MS, undefined, { ref: false })]);
    this.transport?.close?.();
  }

  /** Has letters taken away by a mail transport of one's own, whatever `SMTP_URL` says; to be called while modules start. */
  useTransport(transport: MailTransport): void {
    this.transport?.close?.();
    this.transport = transport;
  }

  /** The address that letters come from. */
  get sender(): string {
    return senderOf(this.settings);
  }

  /** For what makes no sense without mail. @throws MailOff */
  refuseWhenOff(): void {
    if (!this.transport) throw new MailOff();
  }

  /**
   * Before this, nobody is answered who must not learn whether an address has an account: one that is there takes some
   * microseconds more to read.
   */
  async soonestAnswer(): Promise<void> {
    await after(ANSWER_AFTER_MS);
  }

  /** Whether the mail server is there and lets us in. @throws what the transport says; it may quote the server */
  async verify(): Promise<void> {
    await this.transport?.verify?.();
  }

  /**
   * Has a letter to this address written and sent later on. Those to one address leave one after another, in the order
   * in which they were asked for: a new link voids the one before, and should not arrive before it. (It does when that
   * one has to be tried again.) Never throws, and does nothing when mail is off.
   */
  later(to: string, write: Write): void {
    if (!this.transport) return;
    if (this.waiting.size + this.underway.size >= MAX_UNDERWAY) {
      this.count('dropped');
      this.log.warn('a mail was dropped, too many are underway');
      return;
    }
    this.wait(to, write, randomInt(BEGIN_WITHIN_MS), 0);
  }

  /** Sends at once what is waiting, and waits until all of it is sent or given up. */
  async flush(): Promise<void> {
    while (this.waiting.size + this.underway.size > 0) {
      for (const each of this.waiting) this.begin(each);
      await Promise.all(this.underway);
    }
  }

  private wait(to: string, write: Write, ms: number, tries: number): void {
    this.waiting.add({ to, write, tries });
    // The one that waits longest for this address, be it this one or not.
    setTimeout(() => this.begin([...this.waiting].find((each) => each.to === to)), ms).unref();
  }

  private begin(next: Waiting | undefined): void {
    if (!next) return; // Flushed meanwhile.
    const { to, write, tries } = next;
    this.waiting.delete(next);
    const before = this.newest.get(to) ?? Promise.resolve();
    const done = before
      .then(() => this.writeAndSend(write, tries))
      .finally(() => {
        this.underway.delete(done);
        if (this.newest.get(to) === done) this.newest.delete(to);
      });
    this.newest.set(to, done);
    this.underway.add(done);
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
      const path = await this.transport!.send(letter);
      if (path) this.log.log(`a mail to ${letter.to} is in ${path}`);
      this.count('sent');
    } catch (error) {
      const { code, responseCode } = error as { code?: string; responseCode?: number };
      // RFC 5321 §4.2.1: 5yz is for good.
      const isForGood = error instanceof LetterRefused || (responseCode ?? 0) >= 500;
      const retryAfter = isForGood ? undefined : RETRY_AFTER_MS[tries];
      // Neither address nor text: what the mail server says may quote both.
      this.log.warn({ msg: 'a mail could not be sent', code, responseCode, tries: tries + 1 });
      this.count(retryAfter === undefined ? 'failed' : 'retried');
      if (retryAfter !== undefined) this.wait(letter.to, async () => letter, retryAfter, tries + 1);
    }
  }

  private count(outcome: string): void {
    this.metrics.count('gatehouse_mails_total', 'Mails by outcome', outcome);
  }
}
