import type { INestApplicationContext } from '@nestjs/common';
import { OPERATOR } from '../../platform/access/actor.js';
import { OperatorResetService } from '../../auth/by-mail/operator-reset.service.js';
import { accountOf } from './account.js';
import { NotDone } from './cli.errors.js';
import { newPassword } from './new-password.js';
import { counted, type Outcome } from './outcome.js';
import type { CommandContext } from './command-context.js';

export interface ResetOptions {
  passwordStdin?: boolean;
  removeFactors?: boolean;
}

/** Sets a user's new password, where neither their mail nor the old one can be used. */
export async function usersResetPassword(
  app: INestApplicationContext,
  address: string,
  { passwordStdin = false, removeFactors = false }: ResetOptions,
  stdin: CommandContext['stdin'],
): Promise<Outcome> {
  const { user } = await accountOf(app, address);
  if (user.kind === 'service') throw new NotDone(`${user.email} is a service account, which has no password`);
  const { password, isGenerated } = await newPassword(passwordStdin, stdin);
  const ended = await app.get(OperatorResetService).reset(user, password, removeFactors, OPERATOR);
  return {
    lines: [
      `${user.email} has a new password; ${counted(ended, 'session')} ended, API keys stay`,
      ...(removeFactors ? ['its second factors are gone'] : []),
      ...(user.status === 'disabled'
        ? ['the account is disabled: nobody signs in to it until it is enabled']
        : []),
      ...(isGenerated ? [`the password is ${password} (shown this once)`] : []),
    ],
    data: {
      id: user.id,
      email: user.email,
      status: user.status,
      sessionsEnded: ended,
      ...(isGenerated && { password }),
    },
  };
}
