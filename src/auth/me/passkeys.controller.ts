import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import {
  CurrentActor,
  CurrentPrincipal,
  Scopes,
  SessionOnly,
  StepUp,
} from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { JsonObjectOf, PageOf } from '../../platform/http/api-docs.js';
import { UsersService } from '../../accounts/users/users.service.js';
import { AddPasskey, NamePasskey, PasskeyAddedResponse, PasskeyResponse } from './factors.dto.js';
import { PasskeysService } from '../../accounts/factors/passkeys.service.js';
import { PasskeySetUpService } from '../../accounts/factors/passkey-set-up.service.js';

@ApiTags('Second factors')
@Controller('v1/me/passkeys')
export class PasskeysController {
  constructor(
    private readonly passkeys: PasskeysService,
    private readonly setUp: PasskeySetUpService,
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
  @JsonObjectOf('PublicKeyCredentialCreationOptionsJSON of WebAuthn Level 3')
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
    const { passkey, recoveryCodes } = await this.setUp.add(id, response, name, actor);
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
    return PasskeyResponse.of(await this.setUp.rename(principal.id, id, name, actor));
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
    await this.setUp.remove(principal.id, id, actor);
  }
}
