import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { RouteRegistry } from './route-registry.js';

/** An API that access tokens can be made for, and its scopes. */
export interface ProtectedResourceInfo {
  /** The audience of its tokens, an absolute URI (RFC 8707). */
  identifier: string;
  name: string;
  scopes: string[];
}

/** Implemented by the room that keeps resources. */
export interface ResourceSource {
  find: (identifier: string) => Promise<ProtectedResourceInfo | undefined>;
  all: () => Promise<ProtectedResourceInfo[]>;
}

/**
 * The APIs that tokens can be made for: Gatehouse's own, those of modules that say `@ProtectedResource()`, and those that
 * other rooms keep.
 */
@Injectable()
export class ProtectedResources {
  private readonly sources: ResourceSource[] = [];
  /** Routes stay what they are, and so do their resources: looked up once, for every request to the token endpoint asks. */
  private knownOwn: ProtectedResourceInfo | undefined;
  private knownOfModules: ProtectedResourceInfo[] | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly registry: RouteRegistry,
  ) {}

  /** To be called in a constructor. */
  add(source: ResourceSource): void {
    this.sources.push(source);
  }

  get ownIdentifier(): string {
    return this.settings.PUBLIC_URL;
  }

  /** Gatehouse's own API. */
  get own(): ProtectedResourceInfo {
    this.knownOwn ??= {
      identifier: this.ownIdentifier,
      name: this.settings.APP_NAME,
      scopes: this.scopesAt(),
    };
    return this.knownOwn;
  }

  /** Those of modules. */
  get ofModules(): ProtectedResourceInfo[] {
    this.knownOfModules ??= this.findOfModules();
    return this.knownOfModules;
  }

  /** The identifier of what a module called `@ProtectedResource(name)`. */
  identifierOf(name: string): string {
    return `${this.settings.PUBLIC_URL}/${name}`;
  }

  /** Where the metadata of a resource on this host stands (RFC 9728 §3.1). */
  metadataUrlOf(name: string): string {
    return `${this.settings.PUBLIC_URL}/.well-known/oauth-protected-resource/${name}`;
  }

  /** The resource with this identifier; a slash at its end makes no other one, for clients add and drop it. */
  async find(identifier: string): Promise<ProtectedResourceInfo | undefined> {
    const spellings = [identifier, withOtherSlash(identifier)];
    const here = [this.own, ...this.ofModules].find((each) => spellings.includes(each.identifier));
    if (here) return here;
    for (const spelling of spellings) {
      for (const source of this.sources) {
        const found = await source.find(spelling);
        if (found) return found;
      }
    }
    return undefined;
  }

  /** All there are, Gatehouse's own first. */
  async all(): Promise<ProtectedResourceInfo[]> {
    const kept = await Promise.all(this.sources.map((source) => source.all()));
    return [this.own, ...this.ofModules, ...kept.flat()];
  }

  private findOfModules(): ProtectedResourceInfo[] {
    const names = new Set(this.registry.routes.flatMap(({ policy: { resource } }) => resource ?? []));
    return [...names].map((name) => ({
      identifier: this.identifierOf(name),
      name,
      scopes: this.scopesAt(name),
    }));
  }

  private scopesAt(name?: string): string[] {
    return [...this.registry.scopes].flatMap(([scope, routes]) =>
      routes.some(({ policy }) => policy.resource === name) ? [scope] : [],
    );
  }
}

function withOtherSlash(identifier: string): string {
  return identifier.endsWith('/') ? identifier.slice(0, -1) : `${identifier}/`;
}
