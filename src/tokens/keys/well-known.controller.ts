import { Controller, Get, Header } from '@nestjs/common';
import { Public } from '../../platform/access/access.decorators.js';
import {
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '../../platform/http/api-decorators.js';
import { JsonObjectOf } from '../../platform/http/api-docs.js';
import { Settings } from '../../platform/config/settings.js';
import { KeySetResponse } from './well-known.dto.js';
import { ServerDocument } from './server-document.service.js';
import { SigningKeysService } from './signing-keys.service.js';

const CACHEABLE = 'public, max-age=60';

@ApiTags('Discovery')
@Controller('.well-known')
export class WellKnownController {
  constructor(
    private readonly settings: Settings,
    private readonly keys: SigningKeysService,
    private readonly document: ServerDocument,
  ) {}

  @Get('jwks.json')
  @Public()
  @Header('cache-control', CACHEABLE)
  @Header('content-type', 'application/jwk-set+json; charset=utf-8')
  @ApiOperation({ summary: 'The public keys that verify our tokens (RFC 7517)' })
  @ApiExtraModels(KeySetResponse)
  @ApiOkResponse({
    content: { 'application/jwk-set+json': { schema: { $ref: getSchemaPath(KeySetResponse) } } },
  })
  jwks() {
    return JSON.stringify({ keys: this.keys.published });
  }

  @Get('oauth-authorization-server')
  @Public()
  @Header('cache-control', CACHEABLE)
  @ApiOperation({ summary: 'What this authorization server can do (RFC 8414)' })
  @JsonObjectOf('RFC 8414 §2')
  async metadata(): Promise<object> {
    return (await this.document.read()) ?? this.ownMetadata();
  }

  /** What there is of it in the API, while OAuth is off. */
  private ownMetadata(): object {
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
