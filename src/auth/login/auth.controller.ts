import { Body, Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  Authenticated,
  CurrentActor,
  CurrentPrincipal,
  Limited,
  Public,
  Scopes,
  SessionOnly,
} from '../access/access.decorators.js';
import type { Actor } from '../access/actor.js';
import type { Principal } from '../access/principal.js';
import { refuseCrossSite } from '../access/same-origin.js';
import { Settings } from '../config/settings.js';
import {
  clearSessionCookies,
  deviceCookie,
  hasSessionCookies,
  refreshCookie,
  setAccessCookie,
} from '../http/cookies.js';
import { InvalidRefreshToken } from '../sessions/sessions.errors.js';
import { SessionsService } from '../sessions/sessions.service.js';
import {
  AccessTokenResponse,
  ChangePassword,
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
import { AuthService } from './auth.service.js';
import { DEVICE_TOKEN_HEADER } from './device-token.js';
import { SecondStepService } from './second-step.service.js';
import { SignUpByMailService } from './sign-up-by-mail.service.js';
import { StepUpService } from './step-up.service.js';
import { deliver } from './token-delivery.js';

@ApiTags('Sign-in')
@Controller('v1')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly byMail: SignUpByMailService,
    private readonly secondStep: SecondStepService,
    private readonly steppingUp: StepUpService,
    private readonly sessions: SessionsService,
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
    if (this.settings.REQUIRE_VERIFIED_EMAIL === 'on') {
      await this.byMail.signUp(body, actor);
      void reply.status(202);
      return { status: 'verification_pending' };
    }
    const { tokens, user } = await this.auth.signUp(body, actor);
    return { ...deliver(tokens, body.session, reply, this.settings), user };
  }

  @Post('auth/login')
  @HttpCode(200)
  @Public()
  @ApiOperation({
    summary:
      'Sign in with a password; 401 mfa_required with a challenge_token where there is a second factor',
  })
  @ApiOkResponse({ type: SignedInResponse })
  async logIn(
    @Body() body: LogInRequest,
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedInResponse> {
    const { tokens, user, headers } = await this.auth.logIn(body, actor, this.deviceTokenOf(request));
    void reply.headers(headers);
    return { ...deliver(tokens, body.session, reply, this.settings), user };
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
    const { tokens, user } = await this.secondStep.answer(answer, actor);
    return { ...deliver(tokens, session, reply, this.settings), user };
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
      return deliver(await this.auth.refresh(body.refresh_token, actor), 'body', reply, this.settings);
    }
    const token = refreshCookie(request, this.settings);
    if (token === undefined) throw new InvalidRefreshToken('none was sent', false);
    refuseCrossSite(request, this.settings);
    return deliver(await this.auth.refresh(token, actor), 'cookie', reply, this.settings);
  }

  @Post('auth/logout')
  @HttpCode(204)
  @Authenticated()
  @ApiOperation({ summary: 'Sign out; the session and its access tokens end' })
  async logOut(
    @CurrentPrincipal() { id, sessionId }: Principal,
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    if (sessionId) await this.sessions.end(sessionId, id, actor);
    if (hasSessionCookies(request, this.settings)) clearSessionCookies(reply, this.settings);
  }

  @Get('auth/whoami')
  @Authenticated()
  @ApiOperation({ summary: 'Who you are, as the guards see it' })
  @ApiOkResponse({ type: WhoamiResponse })
  // By the request itself, for others ask it on each of theirs: a value of a decorator of one's own waits for the
  // validation pipe, a twentieth of what this costs.
  whoami(@Req() { user }: FastifyRequest): WhoamiResponse {
    const { kind, id, sessionId, keyId, roles, scopes, expiresAt } = user!;
    // The time as text: JSON.stringify takes three times as long over a Date.
    return { kind, id, sessionId, keyId, roles, scopes, expiresAt: expiresAt.toISOString() };
  }

  @Post('me/password')
  @HttpCode(204)
  @Scopes('account:write')
  @SessionOnly()
  @ApiTags('Own account')
  @ApiOperation({ summary: 'Change your password; your other sessions end' })
  async changePassword(@Body() body: ChangePassword, @CurrentActor() actor: Actor): Promise<void> {
    await this.auth.changePassword(body, actor);
  }

  private deviceTokenOf(request: FastifyRequest): string | undefined {
    const sent = request.headers[DEVICE_TOKEN_HEADER];
    return typeof sent === 'string' ? sent : deviceCookie(request, this.settings);
  }
}
