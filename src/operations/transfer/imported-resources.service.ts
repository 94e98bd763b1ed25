import { Injectable } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import type { Actor } from '../access/actor.js';
import { EmailField, MayBeAbsent } from '../http/fields.js';
import { NotFound } from '../http/http.errors.js';
import { Problem } from '../http/problem.js';
import type { RecordOutcome } from '../users/imported-users.service.js';
import { UsersService } from '../users/users.service.js';
import type { Resource } from './resource.entity.js';
import { CreateResource, type ChangeResource } from './resources.dto.js';
import { ForeignOwner, IdentifierTaken, UnknownOwner } from './resources.errors.js';
import { isAdmin, ResourcesService } from './resources.service.js';

/** A line of an export of resources, and of an import. */
export class ResourceLine extends CreateResource {
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

const CHANGEABLE = ['name', 'description', 'version', 'status', 'scopes'] as const;

/** Makes and changes the resources of an import, as whoever imports could do one by one. */
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
      // First, or the answer would tell whether somebody else's draft is what the line says.
      await this.resources.own(found.id, actor);
      const change = changeOf(found, line);
      if (Object.keys(change).length === 0) return 'skipped';
      await this.resources.change(found.id, change, actor);
      return 'updated';
    } catch (error) {
      // Somebody else has just made it.
      if (error instanceof IdentifierTaken && !found) return this.take(line, isUpdating, actor);
      // Somebody else's draft.
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
function changeOf(found: Resource, line: ResourceLine): ChangeResource {
  const differs = (name: (typeof CHANGEABLE)[number]) =>
    line[name] !== undefined && JSON.stringify(line[name]) !== JSON.stringify(found[name]);
  return Object.fromEntries(CHANGEABLE.filter(differs).map((name) => [name, line[name]]));
}
