import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RolesModule } from '../roles/roles.module.js';
import { SessionsModule } from '../../tokens/sessions/sessions.module.js';
import { TokensModule } from '../../tokens/access-tokens/tokens.module.js';
import { CurrentRights } from '../../platform/access/current-rights.js';
import { AccountChangesService } from './account-changes.service.js';
import { AccountEndingsService } from './account-endings.service.js';
import { BreachedPasswords } from './breached-passwords.js';
import { EmailVerificationService } from './email-verification.service.js';
import { NewAccountsService } from './new-accounts.service.js';
import { PasswordsService } from './passwords.service.js';
import { PersonalData } from './personal-data.service.js';
import { ServiceAccountsController } from './service-accounts.controller.js';
import { ServiceAccountsService } from './service-accounts.service.js';
import { User } from './user.entity.js';
import { UserDetailsController } from './user-details.controller.js';
import { UserSearchController } from './user-search.controller.js';
import { UserSearchService } from './user-search.service.js';
import { UsersController } from './users.controller.js';
import { UsersService } from './users.service.js';
import { NewPasswordsService } from './new-passwords.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([User]), TokensModule, SessionsModule, RolesModule],
  controllers: [UserSearchController, UserDetailsController, UsersController, ServiceAccountsController],
  providers: [
    UsersService,
    AccountChangesService,
    AccountEndingsService,
    NewAccountsService,
    NewPasswordsService,
    ServiceAccountsService,
    PasswordsService,
    BreachedPasswords,
    EmailVerificationService,
    PersonalData,
    UserSearchService,
    { provide: CurrentRights, useExisting: UsersService },
  ],
  exports: [
    UsersService,
    CurrentRights,
    AccountChangesService,
    AccountEndingsService,
    NewAccountsService,
    NewPasswordsService,
    ServiceAccountsService,
    PasswordsService,
    EmailVerificationService,
    PersonalData,
    UserSearchService,
  ],
})
export class UsersModule {}
