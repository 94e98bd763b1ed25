import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../platform/access/actor.js';
import { Settings } from '../../platform/config/settings.js';
import { isForeignKeyViolation } from '../../platform/database/database.errors.js';
import { Database, whileOutdated, type Statement } from '../../platform/database/database.service.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { EmailVerificationService } from '../../accounts/users/email-verification.service.js';
import type { User } from '../../accounts/users/user.entity.js';
import { UsersService } from '../../accounts/users/users.service.js';
import type { Application } from './application.entity.js';
import { ApplicationMember, type MemberRole } from './application-member.entity.js';
import type { AddMember } from './applications.dto.js';
import { OwnerIsNoMember, OwnerUnproved, TooManyMembers, UnknownMember } from './applications.errors.js';
import { ApplicationsService } from './applications.service.js';
import type { Membership } from './applications.types.js';

const MOST_MEMBERS = 100;
const MEMBERS = `SELECT m.user_id AS "userId", u.email, u.name, m.role
  FROM application_members m JOIN users u ON u.id = m.user_id WHERE m.application_id = :id ORDER BY m.id`;

/** Who besides its owner works on an application. */
@Injectable()
export class MembersService {
  constructor(
    private readonly database: Database,
    private readonly applications: ApplicationsService,
    private readonly users: UsersService,
    private readonly verification: EmailVerificationService,
    private readonly settings: Settings,
    @InjectRepository(ApplicationMember) private readonly members: Repository<ApplicationMember>,
  ) {}

  /** The owner first, then in the order in which they came. @throws NotFound */
  async list(applicationId: string, actor: Actor): Promise<Membership[]> {
    const { id, ownerId } = await this.applications.asRank(applicationId, 'viewer', actor);
    const { user } = await this.users.get(ownerId);
    const owner: Membership = { userId: ownerId, email: user.email, name: user.name, role: 'owner' };
    return [owner, ...(await this.database.query<Membership>(MEMBERS, { id }))];
  }

  /** One who is a member already gets the role. @throws UnknownMember, OwnerUnproved, OwnerIsNoMember, TooManyMembers */
  async add(applicationId: string, body: AddMember, actor: Actor): Promise<Membership> {
    const { ownerId } = await this.applications.asRank(applicationId, 'admin', actor);
    // Or the members would stay when its real owner proves the address.
    if (this.verification.isInDoubt((await this.users.get(ownerId)).user)) throw new OwnerUnproved();
    const { id: userId, name, email } = await this.candidate(body);
    const { role } = body;
    await this.put(
      applicationId,
      userId,
      actor,
      async (application) => {
        if (application.ownerId === userId) throw new OwnerIsNoMember();
        const known = await this.members.findOneBy({ applicationId, userId });
        if (known) return this.database.update(ApplicationMember, { id: known.id }, { role });
        const count = await this.members.countBy({ applicationId });
        if (count >= MOST_MEMBERS) throw new TooManyMembers(MOST_MEMBERS);
        const member = { id: uuidv7(), applicationId, userId, role, createdAt: new Date() };
        return this.database.insert(ApplicationMember, member);
      },
      `application.member_added`,
      { role },
    );
    return { userId, email, name, role };
  }

  /** @throws NotFound, NotYourApplication */
  async change(applicationId: string, userId: string, role: MemberRole, actor: Actor): Promise<Membership> {
    const update = { ...this.database.update(ApplicationMember, { applicationId, userId }, { role }) };
    const statement = async () => ({ ...update, or: noSuchMember });
    await this.put(applicationId, userId, actor, statement, 'application.member_changed', { role });
    const { user } = await this.users.get(userId);
    return { userId, email: user.email, name: user.name, role };
  }

  /** Members may leave by themselves. Keys that they know go on: those are rotated. @throws NotFound, NotYourApplication */
  async remove(applicationId: string, userId: string, actor: Actor): Promise<void> {
    const sql = 'DELETE FROM application_members WHERE application_id = :applicationId AND user_id = :userId';
    const statement = async () => ({ sql, params: { applicationId, userId }, affects: 1, or: noSuchMember });
    await this.put(applicationId, userId, actor, statement, 'application.member_removed');
  }

  /** By id and address where sign-up hides who has an account: either alone would tell. @throws UnknownMember */
  private async candidate({ email, userId }: AddMember): Promise<User> {
    const isHidden = this.settings.REQUIRE_VERIFIED_EMAIL === 'on';
    if (userId === undefined && isHidden) throw new UnknownMember();
    const found = await (userId === undefined ? this.users.findByEmail(email) : this.users.findById(userId));
    const user = found?.user;
    if (user?.email !== email || user.status !== 'active' || this.verification.isInDoubt(user))
      throw new UnknownMember();
    return user;
  }

  /** On condition of the application as it was read, so that members that are added at the same time are counted. */
  private put(
    applicationId: string,
    userId: string,
    actor: Actor,
    statement: (application: Application) => Promise<Statement>,
    action: string,
    more: { role?: MemberRole } = {},
  ): Promise<void> {
    return whileOutdated(async () => {
      const leaves = more.role === undefined && actor.principal?.id === userId;
      const application = await this.applications.asRank(applicationId, leaves ? 'viewer' : 'admin', actor);
      const written = { version: application.version + 1, updatedAt: new Date() };
      try {
        await this.database.atomically([
          this.applications.changing(application, written),
          await statement(application),
          this.applications.event(action, application, actor, { userId, ...more }),
        ]);
      } catch (error) {
        // Deleted since it was looked up.
        if (isForeignKeyViolation(error)) throw new UnknownMember();
        throw error;
      }
    });
  }
}

function noSuchMember(): NotFound {
  return new NotFound('There is no such member of this application.');
}
