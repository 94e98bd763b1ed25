import type { FastifyRequest } from 'fastify';
import { askedLocales } from '../texts/asked-locales.js';
import { acceptedTags, bestLocale, LOCALES, MOST_ASKED } from '../texts/locales.js';
import { localeCookie } from './page-cookies.js';

/** The languages that a request wants: those that it asks for, then the one that was chosen, then the browser's. */
export function wantedLanguages(request: FastifyRequest): string[] {
  const asked = askedLocales(request.query) ?? askedLocales(request.body) ?? '';
  const chosen = localeCookie(request);
  return [
    ...asked.split(' ', MOST_ASKED).filter(Boolean),
    ...(chosen === undefined ? [] : [chosen]),
    ...acceptedTags(request.headers['accept-language']),
  ];
}

/** The best of our languages for a request; `null` where it wants none of them. */
export function languageOf(request: FastifyRequest): string | null {
  return bestLocale(wantedLanguages(request), LOCALES)?.tag ?? null;
}
