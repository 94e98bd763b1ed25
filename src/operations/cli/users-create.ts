import type { INestApplicationContext } from '@nestjs/common';
import { OPERATOR } from '../../platform/access/actor.js';
import { NameField, NewEmailField, PasswordField } from '../../platform/http/fields.js';
import { RequestValidationPipe } from '../../platform/http/validation.pipe.js';
import { USER } from '../../accounts/roles/roles.service.js';
import { PasswordsService } from '../../accounts/users/passwords.service.js';
import { EmailTaken } from '../../accounts/users/users.errors.js';
import { NewAccountsService } from '../../accounts/users/new-accounts.service.js';
import { NotDone } from './cli.errors.js';
import { newPassword } from './new-password.js';
import type { Outcome } from './outcome.js';
import { refuseUnknownRoles } from './refuse-unknown-roles.js';
import type { CommandContext } from './command-context.js';

/** The rules are those of the request that does the same. */
class NewAccount {
  @NewEmailField()
  email: string;

  @PasswordField()
  password: string;

  @NameField()
  name?: string;
}

export interface CreateOptions {
  email: string;
  name?: string;
  role?: string[];
  passwordStdin?: boolean;
}

/** Makes an account that can be used at once: the operator vouches for the address. */
export async function usersCreate(
  app: INestApplicationContext,
  options: CreateOptions,
  stdin: CommandContext['stdin'],
): Promise<Outcome> {
  const roles = [...new Set([USER, ...(options.role ?? [])])].toSorted();
  await refuseUnknownRoles(app, roles);
  const { password, isGenerated } = await newPassword(options.passwordStdin === true, stdin);
  const { email, name } = options;
  const given = { email, password, ...(name !== undefined && { name }) };
  const account = await checked(given);
  await app.get(PasswordsService).refuseWeak(password, { email: account.email, name: account.name ?? null });
  const { user } = await app
    .get(NewAccountsService)
    .createVerified(account, roles, OPERATOR)
    .catch((error: unknown) => {
      if (!(error instanceof EmailTaken)) throw error;
      throw new NotDone(
        `there is an account with the address ${account.email}; users:reset-password gives it a new password`,
      );
    });
  return {
    lines: [
      `made ${user.email} (${user.id}) with the roles ${roles.join(', ')}`,
      ...(isGenerated ? [`the password is ${password} (shown this once)`] : []),
    ],
    data: { id: user.id, email: user.email, name: user.name, roles, ...(isGenerated && { password }) },
  };
}

function checked(given: object): Promise<NewAccount> {
  return new RequestValidationPipe().transform(given, {
    type: 'body',
    metatype: NewAccount,
  }) as Promise<NewAccount>;
}
