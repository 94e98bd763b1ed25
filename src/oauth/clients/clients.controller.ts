import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CurrentActor, Scopes, SessionOnly } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { ValidationFailed } from '../../platform/http/http.errors.js';
import { Cursors, PageQuery, type Page } from '../../platform/http/pagination.js';
import {
  ClientResponse,
  CreatedClientResponse,
  SecretResponse,
  SecretsResponse,
} from './client-responses.dto.js';
import { AddSecret, ChangeClient, CreateClient } from './clients.dto.js';
import { InvalidClientMetadata } from './clients.errors.js';
import { ClientSecretsService } from './client-secrets.service.js';
import { ClientsService } from './clients.service.js';
import { NewClientsService } from './new-clients.service.js';

const LIST = 'oauth-clients';

@ApiTags('OAuth clients')
@Controller('v1/oauth/clients')
export class ClientsController {
  constructor(
    private readonly clients: ClientsService,
    private readonly newClients: NewClientsService,
    private readonly secrets: ClientSecretsService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('clients:read')
  @ApiOperation({ summary: 'List the applications that sign people in here' })
  @PageOf(ClientResponse)
  async list(@Query() query: PageQuery): Promise<Page<ClientResponse>> {
    const found = await this.clients.list(query, this.cursors.after(LIST, query));
    return this.cursors.page(LIST, query, found, ({ id }) => id, ClientResponse.of);
  }

  @Post()
  @Scopes('clients:write')
  @SessionOnly()
  @ApiOperation({ summary: 'Register an application; its secret is shown this once' })
  @ApiCreatedResponse({ type: CreatedClientResponse })
  async create(@Body() body: CreateClient, @CurrentActor() actor: Actor): Promise<CreatedClientResponse> {
    return CreatedClientResponse.made(await explained(this.newClients.create(body, actor)));
  }

  @Get(':id')
  @Scopes('clients:read')
  @ApiOperation({ summary: 'Read an application' })
  @ApiOkResponse({ type: ClientResponse })
  async get(@Param('id') id: string): Promise<ClientResponse> {
    const { secretHashes: _, ...client } = await this.clients.get(id);
    return ClientResponse.of(client);
  }

  @Patch(':id')
  @Scopes('clients:write')
  @SessionOnly()
  @ApiOperation({ summary: 'Change an application; one that is disabled loses its sessions and tokens' })
  @ApiOkResponse({ type: ClientResponse })
  async change(
    @Param('id') id: string,
    @Body() body: ChangeClient,
    @CurrentActor() actor: Actor,
  ): Promise<ClientResponse> {
    return ClientResponse.of(await explained(this.clients.change(id, { ...body } as never, actor)));
  }

  @Delete(':id')
  @HttpCode(204)
  @Scopes('clients:write')
  @SessionOnly()
  @ApiOperation({ summary: 'Delete an application with its sessions, its tokens and what people allowed it' })
  async remove(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.clients.remove(id, actor);
  }

  @Get(':id/secrets')
  @Scopes('clients:read')
  @ApiOperation({ summary: 'List the secrets of an application, without what they are' })
  @ApiOkResponse({ type: SecretsResponse })
  async listSecrets(@Param('id') id: string): Promise<SecretsResponse> {
    return { items: (await this.secrets.list(id)).map(SecretResponse.of) };
  }

  @Post(':id/secrets')
  @Scopes('clients:write')
  @SessionOnly()
  @ApiOperation({ summary: 'Add a second secret, to replace the first without an interruption' })
  @ApiCreatedResponse({ type: SecretResponse })
  async addSecret(
    @Param('id') id: string,
    @Body() { previousExpiresAt }: AddSecret,
    @CurrentActor() actor: Actor,
  ): Promise<SecretResponse> {
    const until = previousExpiresAt === undefined ? undefined : new Date(previousExpiresAt);
    const { stored, secret } = await this.secrets.add(id, until, actor);
    return { ...SecretResponse.of(stored), clientSecret: secret };
  }

  @Delete(':id/secrets/:secretId')
  @HttpCode(204)
  @Scopes('clients:write')
  @SessionOnly()
  @ApiOperation({ summary: 'Delete a secret' })
  async removeSecret(
    @Param('id') id: string,
    @Param('secretId') secretId: string,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await this.secrets.remove(id, secretId, actor);
  }
}

/** What is wrong with a client, as the API says it. */
async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof InvalidClientMetadata)) throw error;
    throw new ValidationFailed([{ field: error.field, message: error.detail }]);
  }
}
