import type { FastifyReply } from 'fastify';
import type { Settings } from '../config/settings.js';
import { setDeviceCookie, setSessionCookies } from '../http/cookies.js';
import type { Delivery, TokenResponse } from './auth.dto.js';
import { DEVICE_TOKEN_HEADER, DEVICE_TOKEN_TTL_MS } from './device-token.js';
import type { IssuedTokens } from './sign-in.service.js';

/** Hands tokens out in the way that was asked for: in the body, or as cookies and then not in the body. */
export function deliver(
  tokens: IssuedTokens,
  delivery: Delivery = 'body',
  reply: FastifyReply,
  settings: Settings,
): TokenResponse {
  const common = {
    token_type: 'Bearer' as const,
    expires_in: tokens.expiresIn,
    refresh_expires_in: tokens.refreshExpiresIn,
    scope: tokens.scopes.join(' '),
  };
  if (delivery === 'cookie') {
    setSessionCookies(reply, settings, tokens);
    if (tokens.deviceToken) setDeviceCookie(reply, settings, tokens.deviceToken, DEVICE_TOKEN_TTL_MS / 1000);
    return common;
  }
  if (tokens.deviceToken) void reply.header(DEVICE_TOKEN_HEADER, tokens.deviceToken);
  return { access_token: tokens.accessToken, refresh_token: tokens.refreshToken, ...common };
}
