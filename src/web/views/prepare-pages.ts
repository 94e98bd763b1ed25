import type { FastifyInstance, FastifyRequest, preValidationHookHandler } from 'fastify';
import { refuseCrossSite } from '../../platform/access/same-origin.js';
import type { Settings } from '../../platform/config/settings.js';
import { UnsupportedMediaType } from '../../platform/http/http.errors.js';
import type { PageConfig } from './pages.decorators.js';

/** Before any route is declared: those of pages take forms of our own pages and nothing else. */
export function preparePages(server: FastifyInstance, settings: Settings): void {
  const refuse: preValidationHookHandler = (request, _reply, done) => {
    done(refusalOf(request, settings));
  };
  server.addHook('onRoute', (route) => {
    if (!(route.config as PageConfig | undefined)?.isPage) return;
    route.preValidation = [...[route.preValidation ?? []].flat(), refuse];
  });
}

/** Signed in or not: a stranger's page must not sign its visitors in as the stranger either (login CSRF). */
function refusalOf(request: FastifyRequest, settings: Settings): Error | undefined {
  try {
    refuseCrossSite(request, settings);
  } catch (error) {
    return error as Error;
  }
  return isForm(request.body) ? undefined : new UnsupportedMediaType();
}

/** A form is read as texts by their names; what came as JSON may be anything. */
function isForm(body: unknown): boolean {
  if (body === undefined) return true;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false;
  return Object.values(body).every((each) => typeof each === 'string');
}
