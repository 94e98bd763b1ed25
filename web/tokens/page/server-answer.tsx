import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { end, inspect, listRoutes, Refused, route, routes, type Inspection } from './server.js';
import { host, settings } from './settings.js';
import { ServerFindings } from './server-findings.js';
import { token } from './state.js';
import { t } from './texts.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'];

/** What this server knows of the token, asked for by a button that says where the token goes. */
export function ServerAnswer() {
  const answer = useSignal<Inspection>();
  const problem = useSignal('');
  const current = token.value;
  useEffect(() => {
    answer.value = undefined;
    problem.value = '';
  }, [current]);
  const attempt = async (work: () => Promise<void>) => {
    problem.value = '';
    try {
      await work();
    } catch (error) {
      const isRefused = error instanceof Refused;
      problem.value = isRefused
        ? t('serverFailed', { host, detail: error.message })
        : t('unreachable', { host });
    }
  };
  const ask = () => attempt(async () => void (answer.value = await inspect(current)));
  const stop = () =>
    attempt(async () => {
      await end(current);
      answer.value = await inspect(current);
    });
  return (
    <section class="pane">
      <h2>{t('server')}</h2>
      {settings.isSignedIn ? (
        <>
          <RoutePicker list={() => attempt(listRoutes)} />
          <button class="primary" type="button" onClick={ask}>
            {t('ask', { host })}
          </button>
          <p class="hint">{t('askHint')}</p>
        </>
      ) : (
        <p>
          {t('serverSignIn')} <a href="/login?continue=%2Ftokens">{t('signIn')}</a>
        </p>
      )}
      {problem.value !== '' && (
        <p class="notice bad" role="alert">
          {problem.value}
        </p>
      )}
      {answer.value && <ServerFindings answer={answer.value} end={stop} />}
    </section>
  );
}

/** The route that is asked about; the list of them comes when it is asked for. */
function RoutePicker({ list }: { list: () => void }) {
  const { method, path } = route.value;
  const take = (typed: string) => {
    const [, verb, rest] = /^(GET|POST|PUT|PATCH|DELETE|HEAD) (.*)$/.exec(typed) ?? [];
    route.value = verb ? { method: verb, path: rest! } : { method, path: typed };
  };
  return (
    <fieldset class="route">
      <legend>{t('route')}</legend>
      <select
        aria-label={t('method')}
        value={method}
        onChange={({ currentTarget }) => (route.value = { method: currentTarget.value, path })}
      >
        {METHODS.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      <input
        aria-label={t('path')}
        list="routes"
        placeholder="/v1/users"
        autocomplete="off"
        value={path}
        onInput={({ currentTarget }) => take(currentTarget.value.trim())}
      />
      <datalist id="routes">
        {routes.value.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      {routes.value.length === 0 && (
        <button class="quiet small" type="button" onClick={list}>
          {t('listRoutes', { host })}
        </button>
      )}
    </fieldset>
  );
}
