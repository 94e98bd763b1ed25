import { Body, Controller, Get, HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { CurrentActor, OptionalScopes, Scopes } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import {
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { MOST_DOCUMENT } from '../../platform/http/document-text.js';
import { DocumentResponse, ImportResponse, ImportRoutes } from './openapi.dto.js';
import { OpenApiService } from './openapi.service.js';

const DOCUMENT = {
  schema: { type: 'object', description: 'An OpenAPI document of 2.0, 3.0, 3.1 or 3.2, up to 2 MiB' },
} as const;

@ApiTags('Gateway')
@Controller('v1/resources/:resource/versions/:version/openapi')
@Scopes('gateway:write')
@OptionalScopes('resources:admin')
export class OpenApiController {
  constructor(private readonly openApi: OpenApiService) {}

  @Put()
  @RouteConfig({ takesText: MOST_DOCUMENT })
  @ApiOperation({ summary: 'Give a version its OpenAPI document, in JSON or YAML; no route changes' })
  @ApiConsumes('application/json', 'application/yaml')
  @ApiBody(DOCUMENT)
  @ApiOkResponse({ type: DocumentResponse })
  async keep(
    @Param('resource') resource: string,
    @Param('version') version: string,
    @Req() { body }: FastifyRequest,
    @CurrentActor() actor: Actor,
  ): Promise<DocumentResponse> {
    const text = typeof body === 'string' ? body : '';
    return DocumentResponse.of(await this.openApi.keep(resource, version, text, actor));
  }

  @Get()
  @Scopes('gateway:read')
  @ApiOperation({
    summary: 'Read the document of a version as its callers need it: our address, our security',
  })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  async published(
    @Param('resource') resource: string,
    @Param('version') version: string,
    @CurrentActor() actor: Actor,
  ): Promise<object> {
    return this.openApi.published(resource, version, actor);
  }

  @Post('plan')
  @HttpCode(200)
  @ApiOperation({ summary: 'Say which routes an import of the document would add, change and remove' })
  @ApiOkResponse({ type: ImportResponse })
  async plan(
    @Param('resource') resource: string,
    @Param('version') version: string,
    @Body() body: ImportRoutes,
    @CurrentActor() actor: Actor,
  ): Promise<ImportResponse> {
    return ImportResponse.of(await this.openApi.plan(resource, version, body, actor), false);
  }

  @Post('apply')
  @HttpCode(200)
  @OptionalScopes('resources:admin', 'resources:write')
  @ApiOperation({ summary: 'Make the routes of a version those of its document; the next revision has them' })
  @ApiOkResponse({ type: ImportResponse })
  async apply(
    @Param('resource') resource: string,
    @Param('version') version: string,
    @Body() body: ImportRoutes,
    @CurrentActor() actor: Actor,
  ): Promise<ImportResponse> {
    return ImportResponse.of(await this.openApi.apply(resource, version, body, actor), true);
  }
}
