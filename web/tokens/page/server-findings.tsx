import { useSignal } from '@preact/signals';
import { timeInWords } from '../times.js';
import { Icon } from './icon.js';
import { route, type Inspection } from './server.js';
import { host, locale } from './settings.js';
import { now } from './state.js';
import { t } from './texts.js';

/** @param time ISO 8601 */
function when(time: string): string {
  return timeInWords(Date.parse(time), now.value, locale);
}

/** The server's answer: whether it works, by which key, in which session, with which scopes, and what a route says. */
export function ServerFindings({ answer, end }: { answer: Inspection; end: () => void }) {
  const { active, revokedBy, key, verification } = answer;
  return (
    <div class="findings" role="region" aria-label={t('server')} tabIndex={-1}>
      <ul class="remarks">
        <li class={active ? 'good' : 'bad'}>
          <Icon name={active ? 'check' : 'cross'} />
          <strong>{active ? t('works') : t('worksNot')}</strong>
        </li>
        {answer.route && <RouteVerdict answer={answer} />}
      </ul>
      <dl class="facts">
        {revokedBy && (
          <>
            <dt>{t('revokedBy')}</dt>
            <dd>{revokedBy}</dd>
          </>
        )}
        <dt>{t('issuedBy')}</dt>
        <dd>{key ? <code>{`${key.kid} (${key.alg}, ${key.stage})`}</code> : t('notOurs')}</dd>
        <Session answer={answer} end={end} />
        <Scopes answer={answer} />
      </dl>
      <details>
        <summary>{t('checks')}</summary>
        <ul class="remarks">
          {verification.map(({ check, passed, detail }) => (
            <li key={check} class={passed ? 'good' : passed === false ? 'bad' : 'plain'}>
              <Icon name={passed ? 'check' : passed === false ? 'cross' : 'dot'} />
              <span>
                <strong>{check}</strong> {detail}
              </span>
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}

function RouteVerdict({ answer: { route: verdict, refusal } }: { answer: Inspection }) {
  const { isLetIn, decidedBy } = verdict!;
  const name = `${route.value.method} ${route.value.path}`;
  const missing = [...(refusal?.missingScopes ?? []), ...(refusal?.missingRoles ?? [])];
  return (
    <li class={isLetIn ? 'good' : 'bad'}>
      <Icon name={isLetIn ? 'check' : 'cross'} />
      <span>
        {isLetIn
          ? t('letIn', { route: name })
          : t('refused', { route: name, status: String(refusal?.status), code: refusal?.code ?? '' })}
        {refusal && <span class="hint">{refusal.detail}</span>}
        <span class="hint">
          {t('decidedBy')} <code>{decidedBy}</code>
        </span>
        {missing.length > 0 && (
          <span class="hint">
            {t('missing')}: <code>{missing.join(', ')}</code>
          </span>
        )}
      </span>
    </li>
  );
}

function Session({ answer: { session, kind, active }, end }: { answer: Inspection; end: () => void }) {
  const isAsking = useSignal(false);
  if (!session && kind !== 'api_key') return null;
  return (
    <>
      {session && (
        <>
          <dt>{t('session')}</dt>
          <dd>
            {[session.device, session.ip].filter(Boolean).join(', ') || session.id}
            <span class="hint">
              {session.endedAt
                ? t('sessionEnded', { when: when(session.endedAt) })
                : t('sessionLive', { when: when(session.lastUsedAt) })}
              {session.current && ` · ${t('sessionCurrent')}`}
            </span>
          </dd>
        </>
      )}
      {active && (
        <dd>
          {isAsking.value ? (
            <button class="danger small" type="button" onClick={end}>
              {t('endReally', { host })}
            </button>
          ) : (
            <button class="danger small" type="button" onClick={() => (isAsking.value = true)}>
              {t('end')}
            </button>
          )}
        </dd>
      )}
    </>
  );
}

function Scopes({ answer: { scopes } }: { answer: Inspection }) {
  if (!scopes) return null;
  const { token, lost, gained } = scopes;
  return (
    <>
      <dt>{t('scopes')}</dt>
      <dd>
        <ul class="scope-list">
          {token.map((each) => (
            <li key={each} class={lost.includes(each) ? 'lost' : ''}>
              <code>{each}</code>
              {lost.includes(each) && <span class="hint">{t('scopesLost')}</span>}
            </li>
          ))}
          {gained.map((each) => (
            <li key={each} class="gained">
              <code>{each}</code>
              <span class="hint">{t('scopesGained')}</span>
            </li>
          ))}
        </ul>
      </dd>
    </>
  );
}
