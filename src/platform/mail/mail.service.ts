import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { randomInt } from 'node:crypto';
import { setImmediate as immediate, setTimeout as after } from 'node:timers/promises';
import type { Actor } from '../access/actor.js';
import { ProcessKind } from '../config/process-kind.js';
import { Settings } from '../config/settings.js';
import { sourceOf } from '../http/source.js';
import { Metrics } from '../http/metrics.js';
import { MailOff } from './mail.errors.js';
import { BEGIN_WITHIN_MS, MailDelivery, type Writer } from './mail-delivery.service.js';
import { MailQueue, type Waiting } from './mail-queue.service.js';
import type { MailTransport } from './mail.types.js';
import { senderOf } from './mail-transport.js';
import { Turns } from './turns.js';

/** How many letters of one source may wait; those beyond are dropped. */
const MAX_OF_SOURCE = 1_000;
const ANSWER_AFTER_MS = 50;
/** What another node has left is found within this. */
const LOOK_EVERY_MS = 5_000;
const FLUSH_WITHIN_MS = 3_000;
const CUT_OFF_WITHIN_MS = 200;
/** Of what this process tries again itself. What is told together is not remembered, but found in the table in time. */
const FLUSH_AHEAD_MS = 61_000;

/**
 * Sends mail, always behind the back of the request: no answer waits for it, fails with it or tells of it. What waits is in
 * the database and survives a crash. No source and no address keeps the letters of others waiting; see {@link Turns}.
 */
@Injectable()
export class MailService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger(MailService.name);
  private readonly turns = new Turns();
  private readonly underway = new Set<Promise<void>>();
  private readonly behind = new Map<() => Promise<void>, NodeJS.Timeout>();
  /** How many letters wait in the table, by source. */
  private waiting = new Map<string, number>();
  private look: NodeJS.Timeout | undefined;
  private wakeUp: NodeJS.Timeout | undefined;
  /** While everything is sent that waits for its time: how far ahead. */
  private ahead = 0;
  private isStopped = false;

  constructor(
    private readonly settings: Settings,
    metrics: Metrics,
    private readonly queue: MailQueue,
    private readonly delivery: MailDelivery,
    private readonly kind: ProcessKind,
  ) {
    metrics.gauge('gatehouse_mails_underway', 'Mails that wait or are being sent', () =>
      [...this.waiting.values()].reduce((sum, count) => sum + count, 0),
    );
  }

  onApplicationBootstrap(): void {
    if (!this.delivery.transport && this.settings.NODE_ENV === 'production')
      this.log.warn('SMTP_URL is not set: no mail is sent, and what needs mail is off');
    if (!this.delivery.transport) return;
    this.look = setInterval(() => void this.lookForMore(), LOOK_EVERY_MS).unref();
    void this.lookForMore();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.look);
    // Nothing may keep the process from stopping. What is left is sent by the next one.
    await Promise.race([this.flush(), after(FLUSH_WITHIN_MS, undefined, { ref: false })]);
    this.isStopped = true;
    clearTimeout(this.wakeUp);
    this.delivery.transport?.close?.();
    // What was cut off notes that it is to be tried again.
    await Promise.race([Promise.all(this.underway), after(CUT_OFF_WITHIN_MS, undefined, { ref: false })]);
  }

  /** Has letters taken away by a mail transport of one's own, which goes before `SMTP_URL`; to be called while modules start. */
  useTransport(transport: MailTransport): void {
    this.delivery.transport?.close?.();
    this.delivery.transport = transport;
  }

  /** Says who writes letters of a kind; to be called while modules are made, for commands write letters too. */
  writes(kind: string, writer: Writer): void {
    this.delivery.writers.set(kind, writer);
  }

  /** The address that letters come from. */
  get sender(): string {
    return senderOf(this.settings);
  }

  /** Whether mail is sent at all. */
  get isOn(): boolean {
    return this.delivery.transport !== undefined;
  }

  /** For what makes no sense without mail. @throws MailOff */
  refuseWhenOff(): void {
    if (!this.isOn) throw new MailOff();
  }

  /**
   * Before this, no caller is answered who must not learn whether an address has an account: one that is there takes some
   * microseconds more to read.
   */
  async soonestAnswer(): Promise<void> {
    await after(ANSWER_AFTER_MS);
  }

  /**
   * Has a letter to this address written and sent later on; resolves once it is kept. Those to one address leave one after
   * another. Never rejects, and does nothing when mail is off.
   * @param detail what its writer needs to know, never a secret; `null` for a decoy: no letter, at the same cost
   * @param actor who causes it: it waits its turn among the letters of the same source
   */
  async later(kind: string, to: string, detail: object | null, actor: Actor): Promise<void> {
    if (!this.delivery.transport) return;
    const source = sourceOf(actor.ip);
    const count = this.waiting.get(source) ?? 0;
    if (count >= MAX_OF_SOURCE) {
      this.delivery.count('dropped');
      this.log.warn({ msg: 'a mail was dropped, too many of its source wait', source });
      return;
    }
    this.waiting.set(source, count + 1);
    try {
      // At random, so that neither an answer nor the one after it tells whether there is a letter to write.
      const dueAt = Date.now() + randomInt(BEGIN_WITHIN_MS);
      // What the request speaks, for a person whose language is not known.
      const told = detail && { ...(actor.locale && { locale: actor.locale }), ...detail };
      this.turns.add(await this.queue.add(kind, to, told, actor, dueAt));
      this.wake();
    } catch (error) {
      this.noLongerWaits(source);
      this.log.warn(error);
    }
  }

  /** Does something within a second, at random, that decides whether there is a letter to write. */
  soon(decide: () => Promise<void>): void {
    if (!this.delivery.transport) return;
    const timer = setTimeout(() => void this.decide(decide), randomInt(BEGIN_WITHIN_MS)).unref();
    this.behind.set(decide, timer);
  }

  /** Sends at once what is waiting, and waits until all of it is sent or given up; but for what is told together later. */
  async flush(): Promise<void> {
    this.ahead = FLUSH_AHEAD_MS;
    try {
      while (!this.isStopped) {
        await Promise.all([...this.behind.keys()].map((decide) => this.decide(decide)));
        const found = await this.lookForMore();
        // Nothing else would come to its turn on SQLite, which answers at once.
        await immediate();
        if (found === 0 && this.underway.size === 0) return;
        if (this.underway.size > 0) await Promise.race(this.underway);
      }
    } finally {
      this.ahead = 0;
    }
  }

  private async decide(decide: () => Promise<void>): Promise<void> {
    if (!this.behind.has(decide)) return;
    clearTimeout(this.behind.get(decide));
    this.behind.delete(decide);
    const deciding = decide()
      .catch((error: unknown) => this.log.warn(error))
      .finally(() => this.underway.delete(deciding));
    this.underway.add(deciding);
    await deciding;
  }

  /** Finds what waits in the table: from before the start, of other nodes that have died, or too much to be remembered. */
  private async lookForMore(): Promise<number> {
    let found: Waiting[] = [];
    try {
      // A command leaves to the servers what it has not asked for itself.
      if (this.kind.isServer && this.delivery.transport) {
        this.waiting = await this.queue.waiting();
        found = await this.queue.load(Date.now() + BEGIN_WITHIN_MS);
        for (const letter of found) this.turns.add(letter);
      }
    } catch (error) {
      this.log.warn(error);
    }
    this.begin();
    return found.length;
  }

  /** Begins what is due, as much as may be sent at a time. */
  private begin(): void {
    if (this.isStopped) return;
    const now = Date.now() + this.ahead;
    for (let letter = this.turns.next(now); letter; letter = this.turns.next(now)) this.beginOne(letter);
    this.wake();
  }

  private beginOne(letter: Waiting): void {
    const done = this.delivery
      .deliver(letter)
      .catch((error: unknown) => this.log.warn(error))
      .then((delivery) => {
        this.underway.delete(done);
        this.turns.done(letter);
        for (const { source } of delivery?.gone ?? []) this.noLongerWaits(source);
        for (const each of delivery?.again ?? []) this.turns.add(each);
        this.begin();
      });
    this.underway.add(done);
  }

  private wake(): void {
    clearTimeout(this.wakeUp);
    const ms = this.turns.nextAt - Date.now() - this.ahead;
    if (ms < LOOK_EVERY_MS) this.wakeUp = setTimeout(() => this.begin(), Math.max(ms, 0)).unref();
  }

  private noLongerWaits(source: string): void {
    const left = (this.waiting.get(source) ?? 0) - 1;
    if (left > 0) this.waiting.set(source, left);
    else this.waiting.delete(source);
  }
}
