import { NameField, PasswordField } from '../../platform/http/fields.js';

export class ChangeMe {
  @NameField()
  name?: string | null;
}

export class DeleteAccount {
  @PasswordField()
  currentPassword: string;
}

export class ChangePassword {
  @PasswordField()
  currentPassword: string;

  @PasswordField()
  newPassword: string;
}
