import { useState } from 'preact/hooks';
import { send, type Paged } from '../../api.js';
import { useGet } from '../../data.js';
import { may } from '../../settings.js';
import { t } from '../../texts.js';
import type { ApiKey, Event, Session, User } from '../../types.js';
import { EventRow, eventHeads } from '../../ui/events.js';
import { KeyState } from '../../ui/key-state.js';
import { Confirm, Loaded, Section, Table, Tag, Time } from '../../ui/parts.js';
import { say } from '../../ui/toasts.js';

/** Where the user is signed in. */
export function Sessions({ user, onEndAll }: { user: User; onEndAll: () => void }) {
  const path = `/v1/users/${user.id}/sessions`;
  const data = useGet<Paged<Session>>(path);
  const end = async (session: Session) => {
    await send('DELETE', `${path}/${session.id}`);
    data.reload();
    say(t('sessions.ended'));
  };
  const [ending, setEnding] = useState<Session>();
  return (
    <Section
      title={t('sessions.title')}
      actions={
        may('users:write') &&
        data.value &&
        data.value.items.length > 0 && (
          <button type="button" class="small" onClick={onEndAll}>
            {t('sessions.endAll')}
          </button>
        )
      }
    >
      <Loaded data={data}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="empty">{t('sessions.none')}</p>
          ) : (
            <Table
              label={t('sessions.title')}
              heads={[
                t('sessions.device'),
                t('audit.address'),
                t('sessions.begun'),
                t('table.lastUsed'),
                undefined,
              ]}
            >
              {items.map((session) => (
                <tr key={session.id}>
                  <th scope="row">
                    <bdi>{session.device ?? t('sessions.unknown')}</bdi>{' '}
                    {session.current && <Tag tone="good">{t('sessions.current')}</Tag>}
                  </th>
                  <td>{session.ip ?? '–'}</td>
                  <td>
                    <Time at={session.createdAt} />
                  </td>
                  <td>
                    <Time at={session.lastUsedAt} />
                  </td>
                  <td>
                    {may('users:write') && (
                      <button type="button" class="small" onClick={() => setEnding(session)}>
                        {t('sessions.end')}
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Loaded>
      {ending && (
        <Confirm
          title={t('sessions.endTitle')}
          submit={t('sessions.end')}
          onClose={() => setEnding(undefined)}
          act={() => end(ending)}
        >
          <p>
            <bdi>{ending.device ?? t('sessions.unknown')}</bdi>
          </p>
        </Confirm>
      )}
    </Section>
  );
}

/** The API keys of the user, which an administrator may read and revoke. */
export function Keys({ user }: { user: User }) {
  const path = `/v1/users/${user.id}/api-keys`;
  const data = useGet<Paged<ApiKey>>(path);
  const [revoking, setRevoking] = useState<ApiKey>();
  return (
    <Section title={t('apiKeys.title')}>
      <Loaded data={data}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="empty">{t('apiKeys.none')}</p>
          ) : (
            <Table
              label={t('apiKeys.title')}
              heads={[
                t('apiKeys.name'),
                t('apiKeys.state'),
                t('apiKeys.scopes'),
                t('table.lastUsed'),
                undefined,
              ]}
            >
              {items.map((key) => (
                <tr key={key.id}>
                  <th scope="row">
                    <bdi>{key.name}</bdi>
                  </th>
                  <td>
                    <KeyState of={key} />
                  </td>
                  <td class="names">{key.scopes.join(', ')}</td>
                  <td>
                    <Time at={key.lastUsedAt} />
                  </td>
                  <td>
                    {!key.revokedAt && (
                      <button type="button" class="small danger" onClick={() => setRevoking(key)}>
                        {t('apiKeys.revoke')}
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Loaded>
      {revoking && (
        <Confirm
          title={t('apiKeys.revokeTitle')}
          submit={t('apiKeys.revoke')}
          onClose={() => setRevoking(undefined)}
          act={async () => {
            await send('DELETE', `${path}/${revoking.id}`);
            data.reload();
            say(t('apiKeys.revoked'));
          }}
        >
          <p>
            <bdi>{revoking.name}</bdi>
          </p>
          <p>{t('apiKeys.revokeText')}</p>
        </Confirm>
      )}
    </Section>
  );
}

const FEW = 20;

/** What was done to the account, or by it. */
export function Trail({ user }: { user: User }) {
  const [side, setSide] = useState<'subject' | 'actor'>('subject');
  const data = useGet<Paged<Event>>(`/v1/audit-events?${side}=${user.id}&order=newest&limit=${FEW}`);
  return (
    <Section
      title={t('entry.audit')}
      actions={
        <>
          <div class="segments" role="group" aria-label={t('users.trailSide')}>
            {(['subject', 'actor'] as const).map((each) => (
              <button
                key={each}
                type="button"
                class="small"
                aria-pressed={side === each}
                onClick={() => setSide(each)}
              >
                {t(`users.trail_${each}`)}
              </button>
            ))}
          </div>
          <a class="button small" href={`/console/audit?${side}=${user.id}`}>
            {t('users.wholeTrail')}
          </a>
        </>
      }
    >
      <Loaded data={data}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="empty">{t('audit.none')}</p>
          ) : (
            <Table label={t('entry.audit')} heads={eventHeads()}>
              {items.map((event) => (
                <EventRow key={event.id} event={event} />
              ))}
            </Table>
          )
        }
      </Loaded>
    </Section>
  );
}
