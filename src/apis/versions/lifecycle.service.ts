import { Injectable } from '@nestjs/common';
import { whileOutdated } from '../../platform/database/database.service.js';
import type { Actor } from '../../platform/access/actor.js';
import { ResourcesService } from '../resources/resources.service.js';
import { VERSION_STATUSES, type ApiVersion, type VersionStatus } from './api-version.entity.js';
import type { DeprecateVersion } from './versions.dto.js';
import { InvalidVersionTransition, UnknownReference } from './versions.errors.js';
import { VersionsService } from './versions.service.js';

/** Told of a version that callers use and that has become another. */
export type LifecycleListener = (version: ApiVersion, actor: Actor) => Promise<void>;

/** What versions become: published, deprecated, retired; never back. */
@Injectable()
export class LifecycleService {
  private readonly listeners: LifecycleListener[] = [];

  constructor(
    private readonly versions: VersionsService,
    private readonly resources: ResourcesService,
  ) {}

  /** Calls back once a version was deprecated or retired. To be called in a constructor. */
  onEnding(listener: LifecycleListener): void {
    this.listeners.push(listener);
  }

  /** Publishes its API as well, if that is a draft: no token could be made for it. @throws InvalidVersionTransition */
  async publish(resourceId: string, id: string, actor: Actor): Promise<ApiVersion> {
    const published = await this.move(resourceId, id, 'published', {}, actor);
    const { status } = await this.resources.get(resourceId, actor);
    if (status === 'draft') await this.resources.change(resourceId, { status: 'published' }, actor);
    return published;
  }

  /** What was said of its end before and is not named stays. @throws InvalidVersionTransition, UnknownReference */
  async deprecate(
    resourceId: string,
    id: string,
    { deprecatedAt, sunsetAt, successorId, docsUrl }: DeprecateVersion,
    actor: Actor,
  ): Promise<ApiVersion> {
    if (successorId) await this.refuseSuccessor(resourceId, id, successorId, actor);
    const change = {
      deprecatedAt: deprecatedAt ? new Date(deprecatedAt) : new Date(),
      ...(sunsetAt !== undefined && { sunsetAt: sunsetAt === null ? null : new Date(sunsetAt) }),
      ...(successorId !== undefined && { successorId }),
      ...(docsUrl !== undefined && { docsUrl }),
    };
    return this.told(await this.move(resourceId, id, 'deprecated', change, actor), actor);
  }

  /** @throws InvalidVersionTransition */
  async retire(resourceId: string, id: string, actor: Actor): Promise<ApiVersion> {
    return this.told(await this.move(resourceId, id, 'retired', {}, actor), actor);
  }

  private move(
    resourceId: string,
    id: string,
    to: VersionStatus,
    change: Partial<ApiVersion>,
    actor: Actor,
  ): Promise<ApiVersion> {
    return whileOutdated(async () => {
      const found = await this.versions.own(resourceId, id, actor);
      if (!isForward(found.status, to)) throw new InvalidVersionTransition(found.status, to);
      return this.versions.put(found, { ...change, status: to }, `api_version.${to}`, actor);
    });
  }

  private async told(version: ApiVersion, actor: Actor): Promise<ApiVersion> {
    for (const listener of this.listeners) await listener(version, actor);
    return version;
  }

  private async refuseSuccessor(
    resourceId: string,
    id: string,
    successorId: string,
    actor: Actor,
  ): Promise<void> {
    const refusal = new UnknownReference('successorId', 'other version of this API');
    if (successorId === id) throw refusal;
    await this.versions.get(resourceId, successorId, actor).catch(() => {
      throw refusal;
    });
  }
}

/** A deprecated version may be deprecated again, with another end. */
function isForward(from: VersionStatus, to: VersionStatus): boolean {
  if (to === 'deprecated') return from === 'published' || from === 'deprecated';
  if (to === 'published') return from === 'draft';
  return VERSION_STATUSES.indexOf(to) > VERSION_STATUSES.indexOf(from);
}
