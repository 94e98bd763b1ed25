import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, CurrentPrincipal, Scopes, SessionOnly, StepUp } from '../access/access.decorators.js';
import type { Actor } from '../access/actor.js';
import type { Principal } from '../access/principal.js';
import { PageOf } from '../http/api-docs.js';
import { UsersService } from '../users/users.service.js';
import { AddPasskey, NamePasskey, PasskeyAddedResponse, PasskeyResponse } from './factors.dto.js';
import { PasskeysService } from './passkeys.service.js';
import { SecondFactorsService } from './second-factors.service.js';

@ApiTags('Second factors')
@Controller('v1/me/passkeys')
export class PasskeysController {
  constructor(
    private readonly passkeys: PasskeysService,
    private readonly factors: SecondFactorsService,
    private readonly users: UsersService,
  ) {}

  @Get()
  @Scopes('account:read')
  @ApiOperation({ summary: 'List your passkeys' })
  @PageOf(PasskeyResponse)
  async list(@CurrentPrincipal() { id }: Principal) {
    return { items: (await this.passkeys.of(id)).map(PasskeyResponse.of), nextCursor: null };
  }

  @Post('options')
  @HttpCode(200)
  @Scopes('account:write')
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'What navigator.credentials.create() needs, for five minutes' })
  @ApiOkResponse({ schema: { type: 'object' } })
  async options(@CurrentPrincipal() { id }: Principal) {
    return this.passkeys.optionsToRegister((await this.users.get(id)).user);
  }

  @Post()
  @Scopes('account:write')
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Add the passkey that it made' })
  @ApiCreatedResponse({ type: PasskeyAddedResponse })
  async add(
    @CurrentPrincipal() { id }: Principal,
    @Body() { response, name }: AddPasskey,
    @CurrentActor() actor: Actor,
  ): Promise<PasskeyAddedResponse> {
    const { passkey, recoveryCodes } = await this.factors.addPasskey(id, response, name, actor);
    return { ...PasskeyResponse.of(passkey), recoveryCodes };
  }

  @Patch(':id')
  @Scopes('account:write')
  @SessionOnly()
  @ApiOperation({ summary: 'Rename a passkey' })
  @ApiOkResponse({ type: PasskeyResponse })
  async rename(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() { name }: NamePasskey,
    @CurrentActor() actor: Actor,
  ): Promise<PasskeyResponse> {
    return PasskeyResponse.of(await this.factors.renamePasskey(principal.id, id, name, actor));
  }

  @Delete(':id')
  @HttpCode(204)
  @Scopes('account:write')
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Remove a passkey' })
  async remove(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await this.factors.removePasskey(principal.id, id, actor);
  }
}
