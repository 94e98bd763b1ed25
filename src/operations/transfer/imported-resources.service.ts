import { ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { type RecordOutcome } from './transfer.types.js';
import { Injectable } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import type { Actor } from '../../platform/access/actor.js';
import { EmailField, MayBeAbsent } from '../../platform/http/fields.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { Problem } from '../../platform/http/problem.js';

import { UsersService } from '../../accounts/users/users.service.js';
import type { Resource } from '../../apis/resources/resource.entity.js';
import { ForeignOwner, IdentifierTaken, UnknownOwner } from '../../apis/resources/resources.errors.js';
import { isAdmin, ResourcesService } from '../../apis/resources/resources.service.js';

/** A line of an export of resources, and of an import. */
export class ResourceLine extends ResourcesService.Fields {
  @MayBeAbsent()
  @EmailField()
  @ApiPropertyOptional({
    example: 'ada@example.com',
    description: 'Of a new one; whoever imports, if left out',
  })
  owner?: string;

  @ApiPropertyOptional({ description: 'What an export says; a new resource gets its own' })
  @IsOptional()
  @IsString()
  id?: string;

  @ApiPropertyOptional({ description: 'What an export says; a new resource gets its own' })
  @IsOptional()
  @IsString()
  createdAt?: string;
}

type ResourceChange = Parameters<ResourcesService['change']>[1];

const CHANGEABLE = ['name', 'description', 'version', 'status', 'scopes'] as const;

/** Makes and changes the resources of an import, with the importing caller's rights. */
@Injectable()
export class ImportedResourcesService {
  constructor(
    private readonly resources: ResourcesService,
    private readonly users: UsersService,
  ) {}

  /** Known by its identifier. Says what became of it. */
  async take(line: ResourceLine, isUpdating: boolean, actor: Actor): Promise<RecordOutcome> {
    const found = await this.resources.findByIdentifier(line.identifier);
    if (found && !isUpdating) return 'skipped';
    try {
      if (!found) return await this.create(line, actor);
      // First, or the answer would tell whether another owner's draft is what the line says.
      await this.resources.own(found.id, actor);
      const change = changeOf(found, line);
      if (Object.keys(change).length === 0) return 'skipped';
      await this.resources.change(found.id, change, actor);
      return 'updated';
    } catch (error) {
      // Created concurrently.
      if (error instanceof IdentifierTaken && !found) return this.take(line, isUpdating, actor);
      // Another owner's draft.
      if (error instanceof NotFound) return new IdentifierTaken();
      if (error instanceof Problem && error.status < 500) return error;
      throw error;
    }
  }

  private async create(line: ResourceLine, actor: Actor): Promise<'created'> {
    const ownerId = line.owner === undefined ? undefined : await this.ownerIdOf(line.owner, actor);
    await this.resources.create(line, actor, ownerId);
    return 'created';
  }

  private async ownerIdOf(email: string, actor: Actor): Promise<string> {
    const id = (await this.users.findByEmail(email))?.user.id;
    if (!isAdmin(actor) && (id === undefined || id !== actor.principal?.id)) throw new ForeignOwner();
    if (id === undefined) throw new UnknownOwner();
    return id;
  }
}

/** What a line says otherwise. */
function changeOf(found: Resource, line: ResourceLine): ResourceChange {
  const differs = (name: (typeof CHANGEABLE)[number]) =>
    line[name] !== undefined && JSON.stringify(line[name]) !== JSON.stringify(found[name]);
  return Object.fromEntries(CHANGEABLE.filter(differs).map((name) => [name, line[name]]));
}
