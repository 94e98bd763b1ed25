import type { FastifyReply } from 'fastify';
import type { Settings } from '../config/settings.js';
import { setSessionCookies } from '../http/cookies.js';
import type { Delivery, TokenResponse } from './auth.dto.js';
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
    return common;
  }
  return { access_token: tokens.accessToken, refresh_token: tokens.refreshToken, ...common };
}
