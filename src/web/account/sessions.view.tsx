import type { ComponentChildren } from 'preact';
import type { Device } from '../../platform/mail/device-name.js';
import type { Session } from '../../tokens/sessions/session.entity.js';
import { useTexts } from '../views/page-context.js';
import type { Translate } from '../views/texts.types.js';
import type { ListedSession } from './listed-sessions.service.js';
import { Moment } from '../views/moment.view.js';

interface SessionsProps {
  sessions: { session: Session; device: Device; isCurrent: boolean }[];
  /** Those of applications. */
  others: ListedSession[];
}

/** Where one is signed in, this browser first. */
export function SessionsView({ sessions, others }: SessionsProps) {
  const t = useTexts();
  return (
    <section class="panel single">
      <p class="hint">{t('sessions.lead')}</p>
      <ul class="rows">
        {sessions.map(({ session, device, isCurrent }) => (
          <SessionRow key={session.id} session={session} name={nameOf(device, t)} isCurrent={isCurrent}>
            {isCurrent && <span class="tag good">{t('sessions.current')}</span>}
          </SessionRow>
        ))}
        {others.map((session) => (
          <SessionRow key={session.id} session={session} name={session.name}>
            <span class="tag">{t('sessions.app')}</span>
          </SessionRow>
        ))}
      </ul>
      {sessions.length + others.length > 1 && (
        <form method="post" action="/account/sessions/end-others" class="actions">
          <button class="danger">{t('sessions.endOthers')}</button>
        </form>
      )}
    </section>
  );
}

function nameOf({ browser, system }: Device, t: Translate): string {
  if (browser && system) return t('sessions.device', { browser, system });
  return browser ?? system ?? t('sessions.unknownDevice');
}

interface SessionRowProps {
  session: Pick<Session, 'id' | 'ip' | 'createdAt' | 'lastUsedAt'>;
  name: string;
  isCurrent?: boolean;
  /** What marks it out. */
  children: ComponentChildren;
}

function SessionRow({ session, name, isCurrent = false, children }: SessionRowProps) {
  const t = useTexts();
  const { id, ip, createdAt, lastUsedAt } = session;
  return (
    <li>
      <div>
        <strong dir="auto">{name}</strong> {children}
        <p class="hint">
          {t('sessions.since')} <Moment at={createdAt} /> · {t('sessions.used')} <Moment at={lastUsedAt} />
          {ip && (
            <>
              {' · '}
              <bdi>{ip}</bdi>
            </>
          )}
        </p>
      </div>
      {!isCurrent && (
        <form method="post" action={`/account/sessions/${id}/end`}>
          <button class="small danger" aria-label={`${t('sessions.end')}: ${name}`}>
            {t('sessions.end')}
          </button>
        </form>
      )}
    </li>
  );
}
