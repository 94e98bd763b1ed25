import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, CurrentPrincipal, Scopes, StepUp } from '../access/access.decorators.js';
import type { Actor } from '../access/actor.js';
import type { Principal } from '../access/principal.js';
import { ConfirmTotp, FactorsResponse, RecoveryCodesResponse, TotpSetUpResponse } from './factors.dto.js';
import { SecondFactorsService } from './second-factors.service.js';

@ApiTags('Second factors')
@Controller('v1')
export class FactorsController {
  constructor(private readonly factors: SecondFactorsService) {}

  @Get('me/factors')
  @Scopes('account:read')
  @ApiOperation({ summary: 'Which second factors you have' })
  @ApiOkResponse({ type: FactorsResponse })
  async list(@CurrentPrincipal() { id }: Principal): Promise<FactorsResponse> {
    return FactorsResponse.of(await this.factors.of(id));
  }

  @Post('me/factors/totp')
  @Scopes('account:write')
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Set an authenticator application up; it counts once it is confirmed' })
  @ApiCreatedResponse({ type: TotpSetUpResponse })
  async setUpTotp(@CurrentPrincipal() { id }: Principal): Promise<TotpSetUpResponse> {
    return this.factors.setUpTotp(id);
  }

  @Post('me/factors/totp/confirm')
  @HttpCode(200)
  @Scopes('account:write')
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Confirm it with a code; the recovery codes are shown this once' })
  @ApiOkResponse({ type: RecoveryCodesResponse })
  async confirmTotp(
    @CurrentPrincipal() { id }: Principal,
    @Body() { code }: ConfirmTotp,
    @CurrentActor() actor: Actor,
  ): Promise<RecoveryCodesResponse> {
    return { recoveryCodes: await this.factors.confirmTotp(id, code, actor) };
  }

  @Delete('me/factors/totp')
  @HttpCode(204)
  @Scopes('account:write')
  @StepUp({ maxAge: '5m' })
  @ApiOperation({
    summary: 'Remove the authenticator application, and the recovery codes with the last factor',
  })
  async removeTotp(@CurrentPrincipal() { id }: Principal, @CurrentActor() actor: Actor): Promise<void> {
    await this.factors.removeTotp(id, actor);
  }

  @Post('me/factors/recovery-codes')
  @Scopes('account:write')
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Have new recovery codes; those from before are void' })
  @ApiCreatedResponse({ type: RecoveryCodesResponse })
  async renewRecoveryCodes(
    @CurrentPrincipal() { id }: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<RecoveryCodesResponse> {
    return { recoveryCodes: await this.factors.renewRecoveryCodes(id, actor) };
  }

  @Delete('users/:id/factors')
  @HttpCode(204)
  @Scopes('users:write')
  @StepUp({ maxAge: '5m' })
  @ApiTags('Users')
  @ApiOperation({ summary: 'Take all second factors of a user away, who has lost them' })
  async removeAll(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.factors.removeAll(id, actor);
  }
}
