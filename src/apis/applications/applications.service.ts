import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Brackets, In, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { InvalidToken } from '../../platform/access/access.errors.js';
import { holds, type Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import {
  Database,
  outdated,
  whileOutdated,
  type Statement,
} from '../../platform/database/database.service.js';
import { given } from '../../platform/http/fields.js';
import { NotFound } from '../../platform/http/http.errors.js';
import type { PageQuery } from '../../platform/http/pagination.js';
import { Application } from './application.entity.js';
import { ApplicationMember, MEMBER_ROLES } from './application-member.entity.js';
import type { ChangeApplication, CreateApplication } from './applications.dto.js';
import { NotYourApplication, TooManyApplications } from './applications.errors.js';

/** Whose holder sees the applications of all. */
const ADMIN_SCOPE = 'resources:admin';
const MOST_APPLICATIONS = 100;
/** Locks the owner's row: applications are made one after the other. */
const HOLD_OWNER = `UPDATE users SET status = status WHERE id = :ownerId AND status = 'active'`;
/** A statement of its own, for PostgreSQL counts what was there when a statement began. */
const HAS_ROOM = `UPDATE users SET status = status WHERE id = :ownerId AND :max > (
  SELECT COUNT(*) FROM applications WHERE owner_id = :ownerId)`;

/** What a user may be to an application; the later, the more they may do. */
const RANKS = [...MEMBER_ROLES, 'owner'] as const;
type Rank = (typeof RANKS)[number];

/** Applications, and who may do what with them. */
@Injectable()
export class ApplicationsService {
  private readonly removed: ((id: string) => Statement[])[] = [];

  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
    @InjectRepository(Application) private readonly applications: Repository<Application>,
    @InjectRepository(ApplicationMember) private readonly members: Repository<ApplicationMember>,
  ) {}

  /** What is done in the batch in which an application is deleted. To be called in a constructor. */
  onRemoval(statements: (id: string) => Statement[]): void {
    this.removed.push(statements);
  }

  /** One more than `query.limit` applications that the actor owns or is a member of, oldest first. */
  list(actor: Actor, query: PageQuery, after: string): Promise<Application[]> {
    const found = this.applications.createQueryBuilder('a').where('a.id > :after', { after });
    if (!holds(actor, ADMIN_SCOPE)) {
      const userId = actor.principal?.id ?? '';
      const memberOf = this.members
        .createQueryBuilder('m')
        .select('m.applicationId')
        .where('m.userId = :userId');
      found.andWhere(
        new Brackets((either) =>
          either.where('a.ownerId = :userId', { userId }).orWhere(`a.id IN (${memberOf.getQuery()})`),
        ),
      );
    }
    return found
      .orderBy('a.id')
      .take(query.limit + 1)
      .getMany();
  }

  /** Without a check of who may see it. */
  find(id: string): Promise<Application | null> {
    return this.applications.findOneBy({ id });
  }

  /** The names of these, by id. */
  async namesOf(ids: string[]): Promise<Map<string, string>> {
    const found = await this.applications.find({ where: { id: In(ids) }, select: { id: true, name: true } });
    return new Map(found.map(({ id, name }) => [id, name]));
  }

  /** An application with which the actor may do what this rank may. @throws NotFound, NotYourApplication */
  async asRank(id: string, needed: Rank, actor: Actor): Promise<Application> {
    const application = await this.applications.findOneBy({ id });
    const rank = application && (await this.rankOf(application, actor));
    if (!rank) throw new NotFound('There is no such application.');
    if (RANKS.indexOf(rank) < RANKS.indexOf(needed)) throw new NotYourApplication(needed);
    return application;
  }

  /** @throws TooManyApplications */
  async create({ name, description }: CreateApplication, actor: Actor): Promise<Application> {
    const now = new Date();
    const ownerId = actor.principal!.id;
    const id = uuidv7();
    const times = { version: 0, createdAt: now, updatedAt: now };
    const application: Application = { id, ownerId, name, description: description ?? null, ...times };
    const or = () => new TooManyApplications(MOST_APPLICATIONS);
    await this.database.atomically([
      { sql: HOLD_OWNER, params: { ownerId }, affects: 1, or: ownerIsGone },
      { sql: HAS_ROOM, params: { ownerId, max: MOST_APPLICATIONS }, affects: 1, or },
      this.database.insert(Application, application),
      this.event('application.created', application, actor),
    ]);
    return application;
  }

  /** @throws NotFound, NotYourApplication */
  change(id: string, fields: ChangeApplication, actor: Actor): Promise<Application> {
    return whileOutdated(async () => {
      const application = await this.asRank(id, 'admin', actor);
      const change: Partial<Application> = {
        ...given(fields),
        version: application.version + 1,
        updatedAt: new Date(),
      };
      const next = { ...application, ...change };
      await this.database.atomically([
        this.changing(application, change),
        this.event('application.updated', next, actor, { changed: Object.keys(given(fields)) }),
      ]);
      return next;
    });
  }

  /** Its subscriptions and keys end with it. @throws NotFound, NotYourApplication */
  async remove(id: string, actor: Actor): Promise<void> {
    const application = await this.asRank(id, 'owner', actor);
    await this.database.atomically([
      ...this.removed.flatMap((statements) => statements(id)),
      { sql: 'DELETE FROM applications WHERE id = :id', params: { id } },
      this.event('application.deleted', application, actor),
    ]);
  }

  /** Optimistic lock: affects one row only if the application is still as it was read. */
  changing({ id, version }: Application, change: Partial<Application>): Statement {
    return { ...this.database.update(Application, { id, version }, change), or: outdated };
  }

  /** About an application, for the trail. */
  event(action: string, { id, name }: Application, actor: Actor, more: Record<string, unknown> = {}) {
    return this.audit.event(
      { action, target: { kind: 'application', id }, detail: { name, ...more } },
      actor,
    );
  }

  private async rankOf({ id, ownerId }: Application, actor: Actor): Promise<Rank | undefined> {
    // Not more for administrators: a key that they make would speak for the owner.
    const atLeast = holds(actor, ADMIN_SCOPE) ? 'viewer' : undefined;
    const userId = actor.principal?.id;
    if (userId === undefined) return atLeast;
    if (ownerId === userId) return 'owner';
    const member = await this.members.findOneBy({ applicationId: id, userId });
    return member?.role ?? atLeast;
  }
}

function ownerIsGone(): InvalidToken {
  return new InvalidToken('the account is gone');
}
