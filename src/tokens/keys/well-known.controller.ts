import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../access/access.decorators.js';
import { Settings } from '../config/settings.js';
import { SigningKeysService } from './signing-keys.service.js';

const CACHEABLE = 'public, max-age=60';

@ApiTags('Discovery')
@Controller('.well-known')
export class WellKnownController {
  constructor(
    private readonly settings: Settings,
    private readonly keys: SigningKeysService,
  ) {}

  @Get('jwks.json')
  @Public()
  @Header('cache-control', CACHEABLE)
  @Header('content-type', 'application/jwk-set+json; charset=utf-8')
  @ApiOperation({ summary: 'The public keys that verify our tokens (RFC 7517)' })
  @ApiOkResponse({ content: { 'application/jwk-set+json': { schema: { type: 'object' } } } })
  jwks() {
    return JSON.stringify({ keys: this.keys.published });
  }

  @Get('oauth-authorization-server')
  @Public()
  @Header('cache-control', CACHEABLE)
  @ApiOperation({ summary: 'What this authorization server can do (RFC 8414)' })
  metadata() {
    const issuer = this.settings.PUBLIC_URL;
    return {
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      // RFC 8414 §2 requires it; sign-in is first-party REST, so there is no authorization endpoint to ask.
      response_types_supported: [],
      grant_types_supported: [],
      introspection_endpoint: `${issuer}/v1/tokens/introspect`,
      introspection_endpoint_auth_methods_supported: ['bearer'],
      revocation_endpoint: `${issuer}/v1/tokens/revoke`,
      revocation_endpoint_auth_methods_supported: ['bearer'],
      // RFC 9470 §7
      acr_values_supported: ['sfa', 'mfa'],
      service_documentation: `${issuer}/docs`,
    };
  }
}
