import { useId, useMemo, useRef, useState } from 'preact/hooks';
import type { UserResponse } from '../../../src/accounts/users/users.dto.js';
import { get, type Paged, type Wire } from '../api.js';
import { useData } from '../data.js';
import { entryPath, entryTitle } from '../navigation.js';
import { isPaletteOpen } from '../palette-state.js';
import { go } from '../router.js';
import { has, may, settings } from '../settings.js';
import { t } from '../texts.js';
import { Dialog } from '../ui/dialog.js';

interface Command {
  title: string;
  note: string;
  href: string;
}

const MOST_USERS = 8;
/** What a search of users needs at least, so that it finds few. */
const SHORTEST = 2;

const close = () => (isPaletteOpen.value = false);

/** Goes anywhere by a few letters: pages, what can be done on them, and people. */
export function Palette() {
  return isPaletteOpen.value ? <Open /> : null;
}

function Open() {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const people = usePeople(text.trim());
  const pages = useMemo(commands, []);
  const wanted = text.trim().toLowerCase();
  const found = [...pages.filter(({ title }) => title.toLowerCase().includes(wanted)), ...people];
  const chosen = Math.min(at, found.length - 1);

  const open = (command: Command | undefined) => {
    if (!command) return;
    close();
    if (command.href.startsWith('/console')) go(command.href);
    else location.assign(command.href);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      const next = (chosen + step + found.length) % found.length;
      setAt(next);
      list.current?.children[next]?.scrollIntoView({ block: 'nearest' });
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      open(found[chosen]);
    }
  };

  return (
    <Dialog title={t('palette.title')} onClose={close}>
      <div class="palette">
        <input
          aria-label={t('palette.label')}
          placeholder={t('palette.label')}
          role="combobox"
          aria-expanded={found.length > 0}
          aria-controls={id}
          aria-activedescendant={found[chosen] ? `${id}-${chosen}` : undefined}
          autocomplete="off"
          autofocus
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <ul role="listbox" id={id} ref={list} aria-label={t('palette.title')}>
          {found.map((command, position) => (
            <li
              key={command.href}
              id={`${id}-${position}`}
              role="option"
              aria-selected={position === chosen}
              onClick={() => open(command)}
              onMouseMove={() => setAt(position)}
            >
              <bdi>{command.title}</bdi>
              <span class="hint">{command.note}</span>
            </li>
          ))}
        </ul>
        <p class="hint" role="status">
          {found.length === 0 ? t('palette.nothing') : t('palette.help')}
        </p>
      </div>
    </Dialog>
  );
}

function usePeople(text: string): Command[] {
  const isAsked = may('users:read') && text.length >= SHORTEST;
  const { value } = useData(isAsked ? text : undefined, () =>
    get<Paged<Wire<UserResponse>>>('/v1/users', { search: text, limit: MOST_USERS }).catch(() => undefined),
  );
  if (!isAsked) return [];
  return (value?.items ?? []).map(({ id, email, name, kind }) => ({
    title: name ? `${name} · ${email}` : email,
    note: t('palette.user'),
    href: kind === 'service' ? `/console/services/${id}` : `/console/users/${id}`,
  }));
}

/** What there is for this user. */
function commands(): Command[] {
  const page = t('palette.page');
  const action = t('palette.action');
  const does = (title: string, href: string, isOffered: boolean) =>
    isOffered ? [{ title, note: action, href }] : [];
  return [
    ...settings.entries.map((name) => ({ title: entryTitle(name), note: page, href: entryPath(name) })),
    ...settings.extensions.map(({ name, title }) => ({ title, note: page, href: `/console/x/${name}` })),
    ...does(t('users.create'), '/console/users?do=create', may('users:write')),
    ...does(t('users.invite'), '/console/users?do=invite', may('users:write') && settings.sendsMail),
    ...does(t('users.import'), '/console/users?do=import', may('users:write') && has('/v1/users/export')),
    ...does(t('roles.create'), '/console/roles?do=create', may('roles:write')),
    ...does(
      t('apps.create'),
      '/console/applications?do=create',
      may('clients:write') && has('/v1/oauth/clients'),
    ),
    ...does(t('services.create'), '/console/services?do=create', may('users:write') && may('api-keys:admin')),
    ...does(t('keys.rotate'), '/console/keys?do=rotate', may('keys:write')),
    { title: t('shell.myAccount'), note: page, href: '/account' },
    { title: t('palette.tokens'), note: page, href: '/tokens' },
  ];
}
