import { createContext, type ComponentChildren, type InputHTMLAttributes } from 'preact';
import { useContext, useEffect, useId, useRef, useState } from 'preact/hooks';
import { t } from '../texts.js';
import { ProblemNotice } from './problem.js';
import { ProblemError } from '../api.js';

type Errors = ReadonlyMap<string, string>;

const FormErrors = createContext<Errors>(new Map());

interface FormProps {
  /** Its failure is shown above the fields, and what it says of a field at that one; what was typed stays. */
  onSubmit: (fields: FormFields) => Promise<void>;
  submit: string;
  isDanger?: boolean;
  onCancel?: (() => void) | undefined;
  children?: ComponentChildren;
}

/** What was typed. */
export class FormFields {
  constructor(private readonly data: FormData) {}

  text(name: string): string {
    return String(this.data.get(name) ?? '').trim();
  }

  /** As it was typed, for passwords. */
  raw(name: string): string {
    return String(this.data.get(name) ?? '');
  }

  all(name: string): string[] {
    return this.data.getAll(name).map(String);
  }

  /** One text a line. */
  lines(name: string): string[] {
    return this.text(name)
      .split(/\s*\n\s*/)
      .filter(Boolean);
  }

  /** Of a field that has to be filled in. */
  file(name: string): File {
    return this.data.get(name) as File;
  }

  isChecked(name: string): boolean {
    return this.data.has(name);
  }
}

/** A form that says what went wrong and keeps what was typed. A second click sends nothing. */
export function Form({ onSubmit, submit, isDanger, onCancel, children }: FormProps) {
  const [error, setError] = useState<Error>();
  const [isSending, setSending] = useState(false);
  const summary = useRef<HTMLDivElement>(null);
  const isMounted = useRef(true);
  useEffect(() => () => void (isMounted.current = false), []);
  useEffect(() => summary.current?.focus(), [error]);

  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    if (isSending) return;
    setSending(true);
    setError(undefined);
    try {
      await onSubmit(new FormFields(new FormData(event.target as HTMLFormElement)));
    } catch (failure) {
      if (isMounted.current) setError(failure as Error);
    } finally {
      if (isMounted.current) setSending(false);
    }
  };

  return (
    <FormErrors.Provider value={errorsOf(error)}>
      <form onSubmit={send} noValidate={false}>
        {error && (
          <div ref={summary} tabIndex={-1} class="summary">
            <ProblemNotice error={error} />
          </div>
        )}
        {children}
        <div class="actions">
          <button class={isDanger ? 'danger solid' : 'primary'} aria-disabled={isSending}>
            {isSending ? t('action.sending') : submit}
          </button>
          {onCancel && (
            <button type="button" onClick={onCancel}>
              {t('action.cancel')}
            </button>
          )}
        </div>
      </form>
    </FormErrors.Provider>
  );
}

/** By field; what is said of `scopes[0]` belongs to `scopes`. */
function errorsOf(error: Error | undefined): Errors {
  if (!(error instanceof ProblemError)) return new Map();
  return new Map(error.errors.map(({ field, message }) => [field.split(/[.[]/)[0]!, message]));
}

interface FieldProps {
  name: string;
  label: string;
  type?: 'text' | 'email' | 'password' | 'url' | 'number' | 'datetime-local';
  class?: string;
  inputMode?: 'numeric' | 'text';
  autocomplete?: string;
  placeholder?: string;
  pattern?: string;
  maxLength?: number;
  defaultValue?: string;
  required?: boolean;
  readOnly?: boolean;
  /** For what is read from left to right in every language, such as a path. */
  dir?: 'ltr';
  autofocus?: boolean;
  hint?: string;
  /** As many lines, for more than a line. */
  rows?: number;
}

/** A field with its label, what helps to fill it in, and what was wrong with it. */
export function Field({ name, label, hint, rows, ...more }: FieldProps) {
  const id = useId();
  const error = useContext(FormErrors).get(name);
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  const common = { id, name, 'aria-describedby': described, 'aria-invalid': error ? true : undefined };
  return (
    <div>
      <label for={id}>{label}</label>
      {rows === undefined ? (
        <input {...({ ...more, ...common } as InputHTMLAttributes)} />
      ) : (
        <textarea {...(more as object)} {...common} rows={rows} spellcheck={false} />
      )}
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

interface SelectProps {
  name: string;
  label: string;
  hint?: string;
  value?: string | undefined;
  options: readonly (readonly [value: string, label: string])[];
  onChange?: (value: string) => void;
}

export function Select({ name, label, hint, value, options, onChange }: SelectProps) {
  const id = useId();
  return (
    <div>
      <label for={id}>{label}</label>
      <select
        id={id}
        name={name}
        aria-describedby={hint && `${id}-hint`}
        onChange={(event) => onChange?.(event.currentTarget.value)}
      >
        {options.map(([each, text]) => (
          <option key={each} value={each} selected={each === value}>
            {text}
          </option>
        ))}
      </select>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface ChecksProps {
  name: string;
  legend: string;
  hint?: string;
  options: readonly string[];
  checked: readonly string[];
  /** What stands next to an option. */
  note?: (option: string) => string | undefined;
}

/** Any of these. */
export function Checks({ name, legend, hint, options, checked, note }: ChecksProps) {
  const error = useContext(FormErrors).get(name);
  return (
    <fieldset>
      <legend>{legend}</legend>
      {hint && <p class="hint">{hint}</p>}
      <div class="checks">
        {options.map((option) => (
          <label key={option}>
            <input type="checkbox" name={name} value={option} defaultChecked={checked.includes(option)} />
            <span>
              {option}
              {note?.(option) && <span class="hint"> {note(option)}</span>}
            </span>
          </label>
        ))}
      </div>
      {error && <p class="error">{error}</p>}
    </fieldset>
  );
}

export function Check({ name, label, isOn }: { name: string; label: string; isOn?: boolean }) {
  return (
    <label class="check">
      <input type="checkbox" name={name} defaultChecked={isOn} />
      <span>{label}</span>
    </label>
  );
}
