import { IsNotEmpty } from 'class-validator';
import {
  CodeField,
  EmailField,
  NameField,
  NewEmailField,
  OneTimeTokenField,
  PasswordField,
} from '../../platform/http/fields.js';

export class LoginForm {
  @IsNotEmpty()
  @EmailField()
  email: string;

  @IsNotEmpty()
  @PasswordField()
  password: string;
}

export class CodeForm {
  @OneTimeTokenField()
  challenge: string;

  @IsNotEmpty()
  @CodeField()
  code: string;
}

export class AddressForm {
  @IsNotEmpty()
  @EmailField()
  email: string;
}

export class NewPasswordForm {
  @IsNotEmpty()
  @PasswordField()
  password: string;

  @IsNotEmpty()
  @PasswordField()
  again: string;
}

export class SignUpForm extends NewPasswordForm {
  @NewEmailField()
  email: string;

  @NameField()
  name?: string | null;
}

export class SetUpForm extends SignUpForm {
  @IsNotEmpty()
  @OneTimeTokenField()
  code: string;
}
