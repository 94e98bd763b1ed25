import { Injectable } from '@nestjs/common';
import { UsersService } from '../../accounts/users/users.service.js';
import { ClientsService } from '../clients/clients.service.js';
import type { KnownClient } from '../clients/client.types.js';
import { ConsentsService } from '../consents/consents.service.js';
import type { SignedInBrowser } from './browser-sessions.service.js';
import { ConsentNeedsService, type WantedConsent } from './consent-needs.service.js';
import type { DeviceCode } from './device-code.entity.js';
import { DeviceCodesService } from './device-codes.service.js';
import { GrantedScopesService } from './granted-scopes.service.js';
import { RefusedAuthorization, UnknownUserCode } from './provider.errors.js';
import { lettersOf, shownUserCode } from './user-code.js';

/** What a user decides on, when they have typed in the code of a device. */
export interface AskedDevice {
  code: DeviceCode;
  /** As the device shows it. */
  userCode: string;
  client: KnownClient;
  /** Those that the device asks for and the user has. */
  scopes: string[];
  /** By resource, what the user has to consent to; empty for the operator's own applications. */
  wanted: WantedConsent[];
}

/** Lets a user decide on the sign-in of a device (RFC 8628 §3.3). */
@Injectable()
export class DeviceDecisionsService {
  constructor(
    private readonly users: UsersService,
    private readonly clients: ClientsService,
    private readonly consents: ConsentsService,
    private readonly needs: ConsentNeedsService,
    private readonly scopes: GrantedScopesService,
    private readonly codes: DeviceCodesService,
  ) {}

  /** @throws UnknownUserCode, also when the operator does not allow the application */
  async ask(typed: string, browser: SignedInBrowser): Promise<AskedDevice> {
    const code = await this.codes.pendingOf(typed);
    const client = await this.clients.findById(code.clientId);
    if (client?.status !== 'active') throw new UnknownUserCode();
    const resources = await this.scopes.resourcesFor(code.resources, client);
    const scopes = this.scopes.within(code.scopes, resources, browser.found);
    const parameters = { resources: code.resources, scopes, prompts: ['consent' as const] };
    const userCode = shownUserCode(lettersOf(typed)!);
    try {
      const wanted = await this.needs.wanted({ client, parameters }, browser);
      return { code, userCode, client, scopes, wanted };
    } catch (error) {
      throw error instanceof RefusedAuthorization ? new UnknownUserCode() : error;
    }
  }

  /** @throws UnknownUserCode when it was decided since, or the user is not what they were */
  async approve({ code, client, scopes, wanted }: AskedDevice, browser: SignedInBrowser): Promise<void> {
    const { found, actor } = browser;
    const asked = new Map(wanted.map(({ resource, scopes: each }) => [resource.identifier, each]));
    const allowing = asked.size > 0 ? await this.consents.allowing(found.user.id, client, asked, actor) : [];
    const along = [this.users.withRights(found), ...allowing];
    await this.codes.decide(code, { isApproved: true, scopes }, browser, along);
  }

  /** @throws UnknownUserCode when it was decided since */
  deny({ code, scopes }: AskedDevice, browser: SignedInBrowser): Promise<void> {
    return this.codes.decide(code, { isApproved: false, scopes }, browser);
  }
}
