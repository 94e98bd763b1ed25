import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RolesModule } from '../roles/roles.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { BreachedPasswords } from './breached-passwords.js';
import { EmailVerificationService } from './email-verification.service.js';
import { ImportedChangesService } from './imported-changes.service.js';
import { ImportedUsersService } from './imported-users.service.js';
import { MeController } from './me.controller.js';
import { PasswordsService } from './passwords.service.js';
import { PersonalData } from './personal-data.service.js';
import { ServiceAccountsController } from './service-accounts.controller.js';
import { User } from './user.entity.js';
import { UsersController } from './users.controller.js';
import { UsersService } from './users.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([User]), TokensModule, SessionsModule, RolesModule],
  controllers: [UsersController, ServiceAccountsController, MeController],
  providers: [
    UsersService,
    PasswordsService,
    BreachedPasswords,
    EmailVerificationService,
    ImportedUsersService,
    ImportedChangesService,
    PersonalData,
  ],
  exports: [UsersService, PasswordsService, EmailVerificationService, ImportedUsersService, PersonalData],
})
export class UsersModule {}
