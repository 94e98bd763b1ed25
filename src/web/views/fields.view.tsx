import type { ComponentChildren } from 'preact';
import type { FieldTexts } from './forms.js';
import { useTexts } from './page-context.js';

interface FieldProps {
  /** Also its `name`, unless that is said. A button of the form must not be called the same. */
  id: string;
  label: string;
  hint?: string;
  /** What is wrong with what was sent. */
  error?: string | undefined;
  name?: string;
  type?: 'text' | 'email' | 'password' | 'date' | 'number';
  value?: string | undefined;
  autocomplete?: string;
  inputmode?: 'text' | 'numeric' | 'email';
  autofocus?: boolean;
  required?: boolean;
  minLength?: number;
  maxLength?: number;
  class?: string;
  /** In Apple's words, for passwords that are made by the browser. */
  passwordrules?: string;
}

/** One line to fill in, with its label, a hint, and what is wrong with it. */
export function Field({ id, label, hint, error, ...input }: FieldProps) {
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div class={error ? 'field wrong' : 'field'}>
      <label for={id}>{label}</label>
      <input
        name={id}
        type="text"
        autocapitalize="none"
        spellcheck={false}
        {...(input as object)}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={described || undefined}
      />
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

/** The name of an account, which password managers look for; hidden where it is known already. */
export function EmailField({ value, error, label, conditional = false, ...input }: EmailFieldProps) {
  const t = useTexts();
  return (
    <Field
      id="username"
      name="email"
      type="email"
      label={label ?? t('field.email')}
      // `webauthn` has the browser offer passkeys in the field.
      autocomplete={conditional ? 'username webauthn' : 'username'}
      inputmode="email"
      required
      maxLength={254}
      value={value || undefined}
      error={error}
      {...input}
    />
  );
}

interface EmailFieldProps extends Partial<FieldProps> {
  /** Whether passkeys are offered in it. */
  conditional?: boolean;
}

/** For password managers, which keep a password under the name that stands before it. */
export function HiddenEmail({ value }: { value: string }) {
  return (
    <input
      class="away"
      type="email"
      name="email"
      autocomplete="username"
      value={value}
      readonly
      tabIndex={-1}
      aria-hidden="true"
    />
  );
}

interface PasswordFieldProps extends Partial<FieldProps> {
  purpose: 'current' | 'new';
  /** How many characters a new one has at least. */
  minLength?: number;
}

/** A password, the one there is or a new one. */
export function PasswordField({ purpose, minLength, label, ...input }: PasswordFieldProps) {
  const t = useTexts();
  const isNew = purpose === 'new';
  return (
    <Field
      id={isNew ? 'new-password' : 'current-password'}
      name="password"
      type="password"
      label={label ?? t(isNew ? 'field.newPassword' : 'field.password')}
      autocomplete={isNew ? 'new-password' : 'current-password'}
      required
      {...(isNew && minLength && { minLength, passwordrules: `minlength: ${minLength}; maxlength: 128;` })}
      {...input}
    />
  );
}

/** A new password, twice, so that a slip of the fingers is seen. */
export function NewPasswordFields({ minLength, errors }: { minLength: number; errors: FieldTexts }) {
  const t = useTexts();
  return (
    <>
      <PasswordField
        purpose="new"
        minLength={minLength}
        hint={t('field.newPasswordHint', { count: minLength })}
        error={errors['password'] && t(errors['password'], { count: minLength })}
      />
      <PasswordField
        purpose="new"
        id="new-password-again"
        name="again"
        label={t('field.again')}
        error={errors['again'] && t(errors['again'])}
      />
    </>
  );
}

/** A code that works once, in one field, so that it can be pasted and filled in. */
export function CodeField({ kind, ...input }: Partial<FieldProps> & { kind: 'totp' | 'recovery_code' }) {
  const t = useTexts();
  const isTotp = kind === 'totp';
  return (
    <Field
      id="code"
      label={t(isTotp ? 'field.code' : 'field.recoveryCode')}
      autocomplete={isTotp ? 'one-time-code' : 'off'}
      inputmode={isTotp ? 'numeric' : 'text'}
      class="code"
      required
      maxLength={100}
      {...input}
    />
  );
}

/** What is to be noticed before all else: an error takes the focus, for screen readers too. */
export function Notice({ kind, children }: { kind: 'error' | 'good' | 'info'; children: ComponentChildren }) {
  if (kind === 'error')
    return (
      <div class="notice bad" role="alert" tabIndex={-1} data-focus>
        {children}
      </div>
    );
  return (
    <div class={`notice ${kind}`} role="status">
      {children}
    </div>
  );
}

/** The button that sends a form. */
export function Submit({ children, kind = 'primary', ...button }: SubmitProps) {
  return (
    <button class={kind} {...button}>
      {children}
    </button>
  );
}

interface SubmitProps {
  children: ComponentChildren;
  kind?: 'primary' | 'secondary' | 'danger' | 'quiet';
  name?: string;
  value?: string;
  formaction?: string;
  /** For a button that does not send what was filled in. */
  formnovalidate?: boolean;
}
