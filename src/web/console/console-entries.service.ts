import { Injectable } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import type { Principal } from '../../platform/access/principal.js';
import { RouteRegistry } from '../../platform/access/route-registry.js';
import { CONSOLE_ENTRY, type ConsoleEntryOptions } from './console.decorators.js';
import { ENTRY_NAMES, type EntryName, type ExtensionEntry } from './console.types.js';

/** Any of these scopes shows the page. What is in it is guarded by the routes that it asks. */
const SHOWN_WITH: Record<EntryName, readonly string[]> = {
  overview: ['overview:read'],
  users: ['users:read'],
  roles: ['roles:read'],
  applications: ['clients:read', 'resources:admin'],
  services: ['api-keys:admin'],
  keys: ['keys:read'],
  audit: ['audit:read'],
  api: ['gateway:read'],
  server: ['overview:read', 'settings:read', 'mail:read', 'limits:read'],
};
/** What the console reads, by page. Nothing stands for what is not there, because its feature is off. */
const ASKED: Record<EntryName, readonly string[]> = {
  overview: ['/v1/overview'],
  users: [
    '/v1/users',
    '/v1/users/:id/scopes',
    '/v1/users/:id/sessions',
    '/v1/users/:id/api-keys',
    '/v1/users/export',
    '/v1/audit-events/export',
  ],
  roles: ['/v1/roles', '/v1/roles/:name/holders'],
  applications: ['/v1/oauth/clients', '/v1/resources'],
  services: ['/v1/users/:id/api-keys'],
  keys: ['/v1/keys'],
  audit: ['/v1/audit-events/export'],
  api: ['/v1/scopes', '/v1/upstreams'],
  server: ['/v1/nodes', '/v1/settings', '/v1/limits/waiting', '/v1/mail/outbox', '/v1/mail/letters'],
};

/** What of the console a user gets to see. */
@Injectable()
export class ConsoleEntriesService {
  private found: ConsoleEntryOptions[] | undefined;
  private paths: Set<string> | undefined;

  constructor(
    private readonly routes: RouteRegistry,
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
  ) {}

  /** The pages for these scopes; none for a user without any right that the console is about. */
  of({ scopes }: Pick<Principal, 'scopes'>, language: string) {
    const isHeld = (scope: string) => scopes.includes(scope);
    const extensions = this.extensions
      .filter(({ scope }) => isHeld(scope))
      .map((each) => inLanguage(each, language));
    const isThere = (name: EntryName) => ASKED[name].some((path) => this.declared.has(path));
    const own = ENTRY_NAMES.filter((name) => SHOWN_WITH[name].some(isHeld) && isThere(name));
    // The catalogue is public; it comes with the rest.
    const entries = own.length + extensions.length === 0 ? [] : withCatalogue(own);
    return { entries, extensions };
  }

  /** Whether there is anything in it for these scopes. */
  isFor(principal: Pick<Principal, 'scopes'>): boolean {
    return this.of(principal, 'en').entries.length > 0;
  }

  /** The paths of what there is to read. */
  get lists(): string[] {
    return [...new Set(Object.values(ASKED).flat())].filter((path) => this.declared.has(path));
  }

  private get declared(): Set<string> {
    return (this.paths ??= new Set(
      this.routes.routes.filter(({ method }) => method === 'GET').map(({ path }) => path),
    ));
  }

  private get extensions(): ConsoleEntryOptions[] {
    this.found ??= this.discovery.getControllers().flatMap(({ metatype }) => {
      const options =
        metatype && this.reflector.get<ConsoleEntryOptions | undefined>(CONSOLE_ENTRY, metatype);
      return options ? [options] : [];
    });
    return this.found;
  }
}

function withCatalogue(own: EntryName[]): EntryName[] {
  return ENTRY_NAMES.filter((name) => name === 'api' || own.includes(name));
}

function inLanguage({ name, title }: ConsoleEntryOptions, language: string): ExtensionEntry {
  return { name, title: typeof title === 'string' ? title : (title[language] ?? title.en) };
}
