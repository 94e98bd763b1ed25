import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  CodeField,
  EmailField,
  MayBeAbsent,
  NewEmailField,
  OneTimeTokenField,
  PasswordField,
} from '../http/fields.js';

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

  /** The second factor, where there is one. */
  @MayBeAbsent()
  @CodeField(ApiPropertyOptional)
  code?: string;
}

export class ChangeEmail {
  @NewEmailField()
  email: string;

  @PasswordField()
  currentPassword: string;
}
