import { IsIn, IsNotEmpty } from 'class-validator';
import { CodeField, NameField, NewEmailField, PasswordField } from '../../platform/http/fields.js';

export class NameForm {
  @NameField()
  name?: string | null;
}

export class EmailForm {
  @NewEmailField()
  email: string;

  @IsNotEmpty()
  @PasswordField()
  password: string;
}

export class PasswordForm {
  @IsNotEmpty()
  @PasswordField()
  current: string;

  @IsNotEmpty()
  @PasswordField()
  password: string;

  @IsNotEmpty()
  @PasswordField()
  again: string;
}

/** What a passkey or an API key is called. */
export class ThingNameForm {
  @IsNotEmpty()
  @NameField()
  name: string;
}

export class TotpForm {
  @IsNotEmpty()
  @CodeField()
  code: string;
}

/** How long an API key may live. */
export const LIFETIMES = ['30d', '90d', '180d', '365d'] as const;

export class ApiKeyForm extends ThingNameForm {
  @IsIn(LIFETIMES)
  expires: string;
}

export class DeletionForm {
  @IsNotEmpty()
  @PasswordField()
  password: string;
}

/** A checkbox for each scope, by its name behind this: a field may stand in a form once. */
export const SCOPE_FIELD = 'scope.';
