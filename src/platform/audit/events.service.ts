import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Actor } from '../access/actor.js';
import { Metrics, type Count } from '../http/metrics.js';

interface OfSession {
  sessionId: string;
}

interface MayBeImported {
  /** Whether an import did it. */
  imported?: true;
  /** Whether it evicted what was set up before the address was proved. */
  isEvicting?: true;
}

/** What modules can listen to, and what is said of each besides {@link Happened}. They are actions of the audit trail. */
export interface EventDetails {
  'user.signed_up': object;
  /** By an administrator, an import, the operator or the server itself. */
  'user.created': MayBeImported & { kind?: 'service'; roles?: string[]; status?: 'active' | 'disabled' };
  'user.renamed': MayBeImported;
  'user.email_verified': MayBeImported;
  'user.email_changed': object;
  'user.password_changed': object;
  /** By a link in a mail, which proves the address too, or by the operator, which does not. */
  'user.password_reset': object;
  /** An import brought another hash, or took the password away. Every session has ended. */
  'user.password_imported': MayBeImported & { imported: true };
  'user.roles_changed': MayBeImported & { from: string[]; to: string[] };
  'user.disabled': MayBeImported;
  'user.enabled': MayBeImported;
  'user.deleted': object;
  'user.sessions_ended': object;
  'login.succeeded': OfSession;
  /** Logged out, or ended from another session. */
  'session.ended': OfSession;
  /** A refresh token came back that was rotated long ago: it was stolen, and the session has ended. */
  'session.refresh_reused': OfSession;
}

export type EventName = keyof EventDetails;

/** Something that happened to an account. */
export interface Happened {
  at: Date;
  /** Whose account it is; who did it, is `actor.principal`, where that is not they themselves. */
  userId: string;
  actor: Actor;
}

export type EventOf<Name extends EventName> = Readonly<Happened & EventDetails[Name] & { name: Name }>;

interface Listener {
  listen: (event: never) => unknown;
  running: Set<Promise<void>>;
}

/** How many calls of one listener may be underway; those beyond are dropped. */
const MAX_RUNNING = 1_000;
const FINISH_WITHIN_MS = 3_000;

/**
 * Tells modules what happened to accounts, once it is committed and behind the back of the request, which neither waits
 * for a listener nor fails with it. On the node that served the request, and at most once: what is underway lives in
 * memory. It survives a graceful stop, and not a crash.
 */
@Injectable()
export class EventsService implements OnApplicationShutdown {
  private readonly log = new Logger(EventsService.name);
  private readonly listeners = new Map<string, Listener[]>();
  private readonly count: Count<'done' | 'failed' | 'dropped'>;

  constructor(metrics: Metrics) {
    const outcomes = ['done', 'failed', 'dropped'] as const;
    this.count = metrics.counter(
      'gatehouse_event_listeners_total',
      'Calls of event listeners by outcome',
      outcomes,
    );
  }

  async onApplicationShutdown(): Promise<void> {
    // Nothing may keep the process from stopping.
    await Promise.race([this.settled(), setTimeout(FINISH_WITHIN_MS, undefined, { ref: false })]);
    const left = this.running.length;
    if (left > 0)
      this.log.warn(`${left} calls of event listeners were not over within ${FINISH_WITHIN_MS} ms`);
  }

  /** Has `listen` called whenever this happens. `events.on('user.signed_up', ({ userId }) => this.greet(userId))` */
  on<Name extends EventName>(name: Name, listen: (event: EventOf<Name>) => unknown): void {
    const others = this.listeners.get(name) ?? [];
    this.listeners.set(name, [...others, { listen, running: new Set() }]);
  }

  /** Whether there is a listener. */
  isHeard(name: string): boolean {
    return this.listeners.has(name);
  }

  /** For the audit trail alone, which knows what was committed. Never throws. */
  tell(event: Happened & { name: string }): void {
    Object.freeze(event);
    for (const listener of this.listeners.get(event.name) ?? []) this.call(listener, event);
  }

  /** Waits until every listener is done with what it was told so far, and with what came of that. */
  async settled(): Promise<void> {
    while (this.running.length > 0) await Promise.all(this.running);
  }

  private get running(): Promise<void>[] {
    return [...this.listeners.values()].flat().flatMap(({ running }) => [...running]);
  }

  private call({ listen, running }: Listener, event: Happened & { name: string }): void {
    if (running.size >= MAX_RUNNING) {
      this.count('dropped');
      this.log.warn(`a listener of ${event.name} was not called, for ${MAX_RUNNING} calls are underway`);
      return;
    }
    const done = this.run(listen, event).finally(() => running.delete(done));
    running.add(done);
  }

  private async run(listen: Listener['listen'], event: Happened & { name: string }): Promise<void> {
    // What runs right after the commit goes first.
    await setImmediate();
    try {
      await listen(event as never);
      this.count('done');
    } catch (error) {
      this.count('failed');
      this.log.error({ msg: `a listener of ${event.name} failed`, err: error });
    }
  }
}
