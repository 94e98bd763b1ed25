import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { CurrentActor, CurrentPrincipal, Scopes, StepUp } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { ConfirmTotp, FactorsResponse, RecoveryCodesResponse, TotpSetUpResponse } from './factors.dto.js';
import { SecondFactorsService } from '../../accounts/factors/second-factors.service.js';
import { CodeSetUpService } from '../../accounts/factors/code-set-up.service.js';

@ApiTags('Second factors')
@Controller('v1/me/factors')
export class FactorsController {
  constructor(
    private readonly factors: SecondFactorsService,
    private readonly setUp: CodeSetUpService,
  ) {}

  @Get()
  @Scopes('account:read')
  @ApiOperation({ summary: 'Which second factors you have' })
  @ApiOkResponse({ type: FactorsResponse })
  async list(@CurrentPrincipal() { id }: Principal): Promise<FactorsResponse> {
    return FactorsResponse.of(await this.factors.of(id));
  }

  @Post('totp')
  @Scopes('account:write')
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Set an authenticator application up; it counts once it is confirmed' })
  @ApiCreatedResponse({ type: TotpSetUpResponse })
  async setUpTotp(@CurrentPrincipal() { id }: Principal): Promise<TotpSetUpResponse> {
    return this.setUp.setUpTotp(id);
  }

  @Post('totp/confirm')
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
    return { recoveryCodes: await this.setUp.confirmTotp(id, code, actor) };
  }

  @Delete('totp')
  @HttpCode(204)
  @Scopes('account:write')
  @StepUp({ maxAge: '5m' })
  @ApiOperation({
    summary: 'Remove the authenticator application, and the recovery codes with the last factor',
  })
  async removeTotp(@CurrentPrincipal() { id }: Principal, @CurrentActor() actor: Actor): Promise<void> {
    await this.setUp.removeTotp(id, actor);
  }

  @Post('recovery-codes')
  @Scopes('account:write')
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Have new recovery codes; those from before are void' })
  @ApiCreatedResponse({ type: RecoveryCodesResponse })
  async renewRecoveryCodes(
    @CurrentPrincipal() { id }: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<RecoveryCodesResponse> {
    return { recoveryCodes: await this.setUp.renewRecoveryCodes(id, actor) };
  }
}
