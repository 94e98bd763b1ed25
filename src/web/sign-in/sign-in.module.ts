import { Module } from '@nestjs/common';
import { FactorsModule } from '../../accounts/factors/factors.module.js';
import { UsersModule } from '../../accounts/users/users.module.js';
import { AuthModule } from '../../auth/login/auth.module.js';
import { SessionsModule } from '../../tokens/sessions/sessions.module.js';
import { ConsoleModule } from '../console/console.module.js';
import { ViewsModule } from '../views/views.module.js';
import { HomeController } from './home.controller.js';
import { LogOutController } from './log-out.controller.js';
import { LoginController } from './login.controller.js';
import { MailedCodeController } from './mailed-code.controller.js';
import { PasskeyPageController } from './passkey-login.controller.js';
import { ResetController } from './reset.controller.js';
import { SecondStepController } from './second-step.controller.js';
import { SetUpController } from './set-up.controller.js';
import { SignInPagesService } from './sign-in-pages.service.js';
import { SignUpController } from './sign-up.controller.js';
import { StepUpController } from './step-up.controller.js';
import { WellKnownPagesController } from './well-known-pages.controller.js';

@Module({
  imports: [AuthModule, ConsoleModule, FactorsModule, SessionsModule, UsersModule, ViewsModule],
  controllers: [
    HomeController,
    LoginController,
    SecondStepController,
    PasskeyPageController,
    SignUpController,
    ResetController,
    MailedCodeController,
    StepUpController,
    SetUpController,
    WellKnownPagesController,
    LogOutController,
  ],
  providers: [SignInPagesService],
})
export class SignInModule {}
