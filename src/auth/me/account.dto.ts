import { PasswordField } from '../http/fields.js';

export class DeleteAccount {
  @PasswordField()
  currentPassword: string;
}
