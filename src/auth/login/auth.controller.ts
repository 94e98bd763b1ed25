import { Body, Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  Authenticated,
  CurrentActor,
  CurrentPrincipal,
  EvenOutdated,
  FirstPartyOnly,
  Limited,
  Public,
  SessionOnly,
} from '../../platform/access/access.decorators.js';
import {
  ApiAcceptedResponse,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { AsksForSecondFactor } from '../../platform/http/api-docs.js';
import type { Actor } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { refuseCrossSite } from '../../platform/access/same-origin.js';
import { Settings } from '../../platform/config/settings.js';
import {
  accessCookie,
  clearSessionCookies,
  deviceCookie,
  hasSessionCookies,
  refreshCookie,
  setAccessCookie,
} from '../../platform/http/cookies.js';
import { clearSsoCookie } from '../../platform/http/page-cookies.js';
import { InvalidRefreshToken } from '../../tokens/sessions/sessions.errors.js';
import { SessionsService } from '../../tokens/sessions/sessions.service.js';
import {
  AccessTokenResponse,
  LogInRequest,
  MfaChallengeRequest,
  PendingResponse,
  RefreshRequest,
  SignedInResponse,
  SignUpRequest,
  StepUpRequest,
  TokenResponse,
  WhoamiResponse,
} from './auth.dto.js';
import { PasswordLoginService } from './password-login.service.js';
import { RefreshService } from './refresh.service.js';
import { SignUpService } from './sign-up.service.js';
import { DEVICE_TOKEN_HEADER } from '../issuing/known-devices.service.js';
import { refuseForeignRefresh } from './cookie-pair.js';
import { SecondStepService } from './second-step.service.js';
import { SignUpByMailService } from './sign-up-by-mail.service.js';
import { StepUpService } from '../step-up/step-up.service.js';
import { TokenDelivery } from '../issuing/token-delivery.service.js';

@ApiTags('Sign-in')
@Controller('v1')
export class AuthController {
  constructor(
    private readonly signingUp: SignUpService,
    private readonly login: PasswordLoginService,
    private readonly refreshing: RefreshService,
    private readonly byMail: SignUpByMailService,
    private readonly secondStep: SecondStepService,
    private readonly steppingUp: StepUpService,
    private readonly sessions: SessionsService,
    private readonly delivery: TokenDelivery,
    private readonly settings: Settings,
  ) {}

  @Post('auth/signup')
  @Public()
  @Limited('signup')
  @ApiOperation({ summary: 'Make an account and sign in' })
  @ApiCreatedResponse({ type: SignedInResponse })
  @ApiAcceptedResponse({ type: PendingResponse, description: 'Where addresses must be proved first' })
  async signUp(
    @Body() body: SignUpRequest,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedInResponse | PendingResponse> {
    this.delivery.refuseForeignSignIn(body.session, reply);
    if (this.settings.REQUIRE_VERIFIED_EMAIL === 'on') {
      await this.byMail.signUp(body, actor);
      void reply.status(202);
      return { status: 'verification_pending' };
    }
    const { tokens, user } = await this.signingUp.signUp(body, actor);
    return { ...(await this.delivery.deliverSignIn(tokens, body.session, reply, actor)), user };
  }

  @Post('auth/login')
  @HttpCode(200)
  @Public()
  @ApiOperation({
    summary:
      'Sign in with a password; 401 mfa_required with a challenge_token where there is a second factor',
  })
  @ApiOkResponse({ type: SignedInResponse })
  @AsksForSecondFactor('MfaRequired')
  async logIn(
    @Body() body: LogInRequest,
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedInResponse> {
    this.delivery.refuseForeignSignIn(body.session, reply);
    const { tokens, user, headers } = await this.login.logIn(body, actor, this.deviceTokenOf(request));
    void reply.headers(headers);
    return { ...(await this.delivery.deliverSignIn(tokens, body.session, reply, actor)), user };
  }

  @Post('auth/mfa/challenge')
  @HttpCode(200)
  @Public()
  @ApiOperation({ summary: 'Finish a login with the second factor' })
  @ApiOkResponse({ type: SignedInResponse })
  async answerChallenge(
    @Body() { session, ...answer }: MfaChallengeRequest,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedInResponse> {
    this.delivery.refuseForeignSignIn(session, reply);
    const { tokens, user } = await this.secondStep.answer(answer, actor);
    return { ...(await this.delivery.deliverSignIn(tokens, session, reply, actor)), user };
  }

  @Post('auth/step-up')
  @HttpCode(200)
  @Authenticated()
  @SessionOnly()
  @ApiOperation({ summary: 'Prove anew who you are: an access token of the same session that says so' })
  @ApiOkResponse({ type: AccessTokenResponse })
  async stepUp(
    @Body() body: StepUpRequest,
    @CurrentActor() actor: Actor,
    @Req() { headers }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccessTokenResponse> {
    const { accessToken, expiresIn, scopes } = await this.steppingUp.stepUp(body, actor);
    const answer = { token_type: 'Bearer' as const, expires_in: expiresIn, scope: scopes.join(' ') };
    // It goes back the way that the one before came.
    if (headers.authorization !== undefined) return { access_token: accessToken, ...answer };
    setAccessCookie(reply, this.settings, { accessToken, expiresIn });
    return answer;
  }

  @Post('auth/refresh')
  @HttpCode(200)
  @Public()
  @Limited('refresh')
  @ApiOperation({ summary: 'Exchange a refresh token for its successor and a new access token' })
  @ApiOkResponse({ type: TokenResponse })
  async refresh(
    @Body() body: RefreshRequest,
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokenResponse> {
    if (body.refresh_token !== undefined) {
      return this.delivery.deliver(await this.refreshing.refresh(body.refresh_token, actor), 'body', reply);
    }
    const token = refreshCookie(request, this.settings);
    if (token === undefined) throw new InvalidRefreshToken('none was sent', false);
    refuseCrossSite(request, this.settings);
    refuseForeignRefresh(token, accessCookie(request, this.settings));
    return this.delivery.deliver(await this.refreshing.refresh(token, actor), 'cookie', reply);
  }

  @Post('auth/logout')
  @HttpCode(204)
  @Authenticated()
  @EvenOutdated()
  @FirstPartyOnly()
  @ApiOperation({ summary: 'Sign out, by an expired token too; the session and its access tokens end' })
  async logOut(
    @CurrentPrincipal() { id, sessionId }: Principal,
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    if (sessionId) await this.sessions.end(sessionId, id, actor);
    if (hasSessionCookies(request, this.settings)) clearSessionCookies(reply, this.settings);
    clearSsoCookie(request, reply, this.settings);
  }

  @Get('auth/whoami')
  @Authenticated()
  @FirstPartyOnly()
  @ApiOperation({ summary: 'Who you are, as the guards see it' })
  @ApiOkResponse({ type: WhoamiResponse })
  // By the request itself, for others ask it on each of theirs: a value of a decorator of one's own waits for the
  // validation pipe, a twentieth of what this costs.
  whoami(@Req() { user }: FastifyRequest): WhoamiResponse {
    const { kind, id, sessionId, keyId, roles, scopes, expiresAt } = user!;
    // The time as text: JSON.stringify takes three times as long over a Date.
    return { kind, id, sessionId, keyId, roles, scopes, expiresAt: expiresAt.toISOString() };
  }

  private deviceTokenOf(request: FastifyRequest): string | undefined {
    const sent = request.headers[DEVICE_TOKEN_HEADER];
    return typeof sent === 'string' ? sent : deviceCookie(request, this.settings);
  }
}
