import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import { IsObject } from 'class-validator';
import { ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import {
  CodeField,
  EmailField,
  MayBeAbsent,
  NewEmailField,
  OneTimeTokenField,
  PasswordField,
} from '../../platform/http/fields.js';

export class AddressRequest {
  @EmailField()
  email: string;
}

export class ConfirmRequest {
  @OneTimeTokenField()
  token: string;
}

export class ConfirmAddress extends ConfirmRequest {
  /** Of the account, where no session of it comes along. */
  @MayBeAbsent()
  @PasswordField(ApiPropertyOptional)
  password?: string;
}

export class ResetPassword extends ConfirmRequest {
  @PasswordField()
  password: string;

  /** The second factor, where there is one. */
  @MayBeAbsent()
  @CodeField(ApiPropertyOptional)
  code?: string;

  @ApiPropertyOptional({ type: Object })
  @MayBeAbsent()
  @IsObject()
  passkey?: AuthenticationResponseJSON;
}

export class ChangeEmail {
  @NewEmailField()
  email: string;

  @PasswordField()
  currentPassword: string;
}
