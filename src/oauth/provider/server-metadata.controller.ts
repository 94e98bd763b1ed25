import { Controller, Get, Header, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { ApiOperation, ApiParam, ApiTags } from '../../platform/http/api-decorators.js';
import { JsonObjectOf } from '../../platform/http/api-docs.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { ServerMetadataService } from './server-metadata.service.js';

const CACHEABLE = 'public, max-age=60';

@ApiTags('Discovery')
@Controller('.well-known')
@Public()
export class ServerMetadataController {
  constructor(private readonly metadata: ServerMetadataService) {}

  @Get('openid-configuration')
  @Header('cache-control', CACHEABLE)
  @ApiOperation({ summary: 'What this server can do (OIDC Discovery)' })
  @JsonObjectOf('OIDC Discovery §3')
  openid(): Promise<object> {
    return this.metadata.ofServer();
  }

  @Get('oauth-protected-resource')
  @Header('cache-control', CACHEABLE)
  @ApiOperation({ summary: 'Where clients get tokens for this API (RFC 9728)' })
  @JsonObjectOf('RFC 9728 §2')
  ownResource(): object {
    return this.metadata.ofResource('')!;
  }

  @Get('oauth-protected-resource/*')
  @Header('cache-control', CACHEABLE)
  @ApiOperation({ summary: 'Where clients get tokens for an API of a module (RFC 9728)' })
  @JsonObjectOf('RFC 9728 §2')
  @ApiParam({ name: 'path', description: 'That of the API, such as `mcp`', example: 'mcp' })
  resource(@Req() { params }: FastifyRequest): object {
    const { '*': path } = params as Record<'*', string>;
    const found = this.metadata.ofResource(path);
    if (!found) throw new NotFound('There is no such resource.');
    return found;
  }
}
