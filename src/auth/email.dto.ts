import { EmailField, NewEmailField, OneTimeTokenField, PasswordField } from '../http/fields.js';

export class AddressRequest {
  @EmailField()
  email: string;
}

export class ConfirmRequest {
  @OneTimeTokenField()
  token: string;
}

export class ResetPassword extends ConfirmRequest {
  @PasswordField()
  password: string;
}

export class ChangeEmail {
  @NewEmailField()
  email: string;

  @PasswordField()
  currentPassword: string;
}
