import { Injectable } from '@nestjs/common';
import { OAuthProblem } from '../../platform/http/problem.js';
import { BeginClientSessionService } from './begin-client-session.service.js';
import { DeviceCodesService } from './device-codes.service.js';
import { InvalidGrant } from './provider.errors.js';
import { GrantHandlers, type TokenRequest, type TokenResponse } from './token-grants.service.js';

export const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** A device asks whether its user has decided (RFC 8628 §3.4). */
@Injectable()
export class DeviceCodeGrantService {
  constructor(
    private readonly codes: DeviceCodesService,
    private readonly begin: BeginClientSessionService,
    handlers: GrantHandlers,
  ) {
    handlers.add(DEVICE_CODE_GRANT, (request) => this.poll(request));
  }

  /** @throws InvalidGrant, and by name what the device must do (RFC 8628 §3.5) */
  private async poll(request: TokenRequest): Promise<TokenResponse> {
    const { client, parameters, jkt } = request;
    const code = await this.codes.find(parameters.required('device_code'));
    if (!code || code.clientId !== client.id) throw new InvalidGrant('there is no such code');
    if (code.expiresAt.getTime() <= Date.now())
      throw told('expired_token', 'The device code has expired; start again.');
    if (code.status === 'denied') throw told('access_denied', 'The user has denied the request.');
    if (code.status === 'used') throw new InvalidGrant('used before');
    if (await this.codes.pollsTooSoon(code))
      throw told('slow_down', 'Wait five seconds more between requests.');
    if (code.status === 'pending') throw told('authorization_pending', 'The user has not decided yet.');
    const { userId, parentSessionId, scopes, resources, authTime, amr } = code;
    const using = () => this.codes.using(code);
    return this.begin.begin(
      {
        userId: userId!,
        parentSessionId,
        scopes,
        resources,
        audiences: resources,
        authTime: authTime!,
        amr: amr!,
        nonce: null,
        jkt,
        using,
      },
      request,
    );
  }
}

function told(error: string, description: string): OAuthProblem {
  return new OAuthProblem(400, error, description);
}
