import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { UsersService } from '../../accounts/users/users.service.js';
import { UnexpectedCount } from '../../platform/database/database.service.js';
import { ConsentsService } from '../consents/consents.service.js';
import type { SignedInBrowser } from './browser-sessions.service.js';
import { CodeIssuingService } from './code-issuing.service.js';
import { ConsentNeedsService, type WantedConsent } from './consent-needs.service.js';
import type { PendingRequest } from './provider.types.js';

/** What a user is asked to allow. */
export interface AskedConsents {
  /** By resource, with what is to be allowed there. */
  wanted: WantedConsent[];
  /** Stands for the user and all of it, so that a later answer is one to this question. */
  fingerprint: string;
}

/** What comes of a consent: the answer for the client, or another question than the one that was answered. */
export type ConsentOutcome = { answer: Record<string, string> } | { changed: true };

/** Asks a user for consent, and notes it together with the code that it is for. */
@Injectable()
export class ConsentDecisionsService {
  constructor(
    private readonly users: UsersService,
    private readonly needs: ConsentNeedsService,
    private readonly consents: ConsentsService,
    private readonly codes: CodeIssuingService,
  ) {}

  /** @throws RefusedAuthorization */
  async ask(pending: PendingRequest, browser: SignedInBrowser): Promise<AskedConsents> {
    const wanted = await this.needs.wanted(pending, browser);
    const asked = new Map(wanted.map(({ resource, scopes }) => [resource.identifier, scopes]));
    return { wanted, fingerprint: fingerprintOf(browser, asked) };
  }

  /**
   * Allows what was asked.
   * @param fingerprint of the question that the user has answered
   * @throws RefusedAuthorization
   */
  async allow(
    pending: PendingRequest,
    browser: SignedInBrowser,
    fingerprint: string,
  ): Promise<ConsentOutcome> {
    const { found, actor } = browser;
    const missing = await this.needs.missing(pending, browser);
    // Nothing is missing after the first of two clicks.
    if (missing.size > 0 && fingerprint !== fingerprintOf(browser, missing)) return { changed: true };
    const allowing =
      missing.size > 0 ? await this.consents.allowing(found.user.id, pending.client, missing, actor) : [];
    try {
      // Optimistic lock: a consent neither outlives a concurrent disabling nor covers rights that came since.
      const along = [this.users.withRights(found), ...allowing];
      return { answer: await this.codes.issue(pending, browser, along) };
    } catch (error) {
      if (error instanceof UnexpectedCount) return { changed: true };
      throw error;
    }
  }
}

function fingerprintOf({ found }: SignedInBrowser, missing: Map<string, string[]>): string {
  const question = JSON.stringify([found.user.id, [...missing]]);
  return createHash('sha256').update(question).digest('base64url');
}
