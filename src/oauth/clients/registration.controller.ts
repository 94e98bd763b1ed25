import { Controller, Delete, Get, HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CurrentActor, Limited, OptionalScopes, Public } from '../../platform/access/access.decorators.js';
import { ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { JsonObjectOf } from '../../platform/http/api-docs.js';
import type { Actor } from '../../platform/access/actor.js';
import { InvalidClientMetadata } from './clients.errors.js';
import { RegistrationService } from './registration.service.js';

@ApiTags('OAuth clients')
@Controller('oauth/register')
@Public()
export class RegistrationController {
  constructor(private readonly registration: RegistrationService) {}

  @Post()
  @Limited('client_registration')
  @OptionalScopes('clients:register')
  @ApiOperation({ summary: 'Register a client by itself (RFC 7591), where that is on' })
  @JsonObjectOf('RFC 7591 §3.2.1', 201)
  register(@Req() request: FastifyRequest): Promise<object> {
    return this.registration.register(documentOf(request), bearerOf(request), request);
  }

  @Get(':clientId')
  @ApiOperation({ summary: 'Read a registration, with its own token (RFC 7592)' })
  @JsonObjectOf('RFC 7592 §2.1')
  read(@Param('clientId') clientId: string, @Req() request: FastifyRequest): Promise<object> {
    return this.registration.read(clientId, bearerOf(request));
  }

  @Put(':clientId')
  @ApiOperation({ summary: 'Replace a registration (RFC 7592)' })
  @JsonObjectOf('RFC 7592 §2.2')
  replace(
    @Param('clientId') clientId: string,
    @Req() request: FastifyRequest,
    @CurrentActor() actor: Actor,
  ): Promise<object> {
    return this.registration.replace(clientId, bearerOf(request), documentOf(request), actor);
  }

  @Delete(':clientId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Take a registration back (RFC 7592)' })
  async remove(
    @Param('clientId') clientId: string,
    @Req() request: FastifyRequest,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await this.registration.remove(clientId, bearerOf(request), actor);
  }
}

function bearerOf({ headers: { authorization = '' } }: FastifyRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
}

/** RFC 7591 §3.1: what is not understood is ignored, so that no DTO fits. */
function documentOf({ body }: FastifyRequest): object {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new InvalidClientMetadata('', 'The body is a JSON object.');
  return body;
}
