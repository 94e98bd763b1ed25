import { Injectable } from '@nestjs/common';
import type { OAuthClient } from '../clients/oauth-client.entity.js';

/** What a client asks of a user. */
export interface AskedConsent {
  client: OAuthClient;
  userId: string;
  resources: readonly string[];
  scopes: readonly string[];
}

/** What is to happen: ask the user, or decide for them. `undefined` leaves it to others. */
export type ConsentVerdict = 'ask' | 'allow' | 'deny' | undefined;
export type ConsentPolicy = (asked: AskedConsent) => ConsentVerdict | Promise<ConsentVerdict>;

/** Who decides whether users are asked for consent; modules add policies, and the first that decides counts. */
@Injectable()
export class ConsentPolicyService {
  private readonly policies: ConsentPolicy[] = [];

  /** To be called in a constructor or in `onModuleInit`. */
  add(policy: ConsentPolicy): void {
    this.policies.push(policy);
  }

  /** By default the operator's own applications are allowed, and users are asked about all others. */
  async decide(asked: AskedConsent): Promise<Exclude<ConsentVerdict, undefined>> {
    for (const policy of this.policies) {
      const verdict = await policy(asked);
      if (verdict !== undefined) return verdict;
    }
    return asked.client.skipConsent || asked.client.kind === 'first-party' ? 'allow' : 'ask';
  }
}
