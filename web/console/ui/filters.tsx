import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { query, setQuery } from '../router.js';
import { t } from '../texts.js';
import { Icon } from './icons.js';

const TYPING_MS = 250;

/** What narrows a list down. It stands in the address, so that it can be kept, sent and gone back to. */
export function Toolbar({ children }: { children: ComponentChildren }) {
  return <search class="toolbar">{children}</search>;
}

/** Another filter begins with the first page. */
const narrow = (name: string, value: string) => setQuery({ [name]: value, cursor: '' });

interface SearchFieldProps {
  name: string;
  label: string;
}

/** Searches while one types. */
export function SearchField({ name, label }: SearchFieldProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const value = query.value.get(name) ?? '';
  useEffect(() => {
    // Back and Forward change the address under the field.
    if (document.activeElement !== field.current) field.current!.value = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const search = () => {
    clearTimeout(timer.current);
    narrow(name, field.current!.value.trim());
  };
  return (
    <div class="search">
      <label for={id} class="hidden">
        {label}
      </label>
      <Icon name="search" />
      <input
        id={id}
        ref={field}
        type="search"
        placeholder={label}
        autocomplete="off"
        spellcheck={false}
        defaultValue={value}
        onInput={() => {
          clearTimeout(timer.current);
          timer.current = setTimeout(search, TYPING_MS);
        }}
        onKeyDown={(event) => event.key === 'Enter' && search()}
      />
    </div>
  );
}

interface FilterProps {
  name: string;
  label: string;
  options: readonly (readonly [value: string, text: string])[];
}

export function Filter({ name, label, options }: FilterProps) {
  const value = query.value.get(name) ?? '';
  return (
    <label class="filter">
      <span>{label}</span>
      <select onChange={(event) => narrow(name, event.currentTarget.value)} value={value}>
        {options.map(([each, text]) => (
          <option key={each} value={each} selected={each === value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

interface TextFilterProps {
  name: string;
  label: string;
  type?: 'text' | 'date';
}

/** A filter that is typed, such as an id, and holds once it is left. */
export function TextFilter({ name, label, type = 'text' }: TextFilterProps) {
  const value = query.value.get(name) ?? '';
  return (
    <label class="filter">
      <span>{label}</span>
      <input
        key={value}
        {...({ type } as { type: 'text' })}
        defaultValue={value}
        autocomplete="off"
        spellcheck={false}
        onChange={(event) => narrow(name, event.currentTarget.value.trim())}
      />
    </label>
  );
}

export function ClearFilters({ names }: { names: readonly string[] }) {
  if (!names.some((name) => query.value.has(name))) return null;
  const none = Object.fromEntries([...names, 'cursor'].map((name) => [name, '']));
  return (
    <button type="button" class="quiet small" onClick={() => setQuery(none)}>
      {t('filter.clear')}
    </button>
  );
}
