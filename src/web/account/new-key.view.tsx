import { Field, Notice, Submit } from '../views/fields.view.js';
import type { FieldTexts, FormBody } from '../views/forms.js';
import { useTexts } from '../views/page-context.js';
import type { ProblemText } from '../views/problem-texts.js';
import { LIFETIMES, SCOPE_FIELD } from './account.forms.js';

interface NewKeyProps {
  /** Those of the owner; a key never has more. */
  scopes: readonly string[];
  typed?: FormBody;
  errors?: FieldTexts;
  problem?: ProblemText;
}

const USUAL = '90d';

/** What a new API key is called, may do, and how long it lives. */
export function NewKeyView({ scopes, typed = {}, errors = {}, problem }: NewKeyProps) {
  const t = useTexts();
  const lifetime = typed['expires'] ?? USUAL;
  return (
    <section class="panel single">
      {problem && <Notice kind="error">{t(problem.key, problem.values)}</Notice>}
      <form method="post" action="/account/keys/new">
        <Field
          id="name"
          label={t('newKey.name')}
          hint={t('newKey.nameHint')}
          autocomplete="off"
          required
          maxLength={100}
          value={typed['name']}
          error={errors['name'] && t(errors['name'])}
        />
        <fieldset aria-describedby={errors['scopes'] && 'scopes-error'}>
          <legend>{t('newKey.scopes')}</legend>
          <p class="hint">{t('newKey.scopesHint')}</p>
          <div class="checks">
            {scopes.map((scope) => (
              <label key={scope}>
                <input
                  type="checkbox"
                  name={SCOPE_FIELD + scope}
                  checked={typed[SCOPE_FIELD + scope] !== undefined}
                />
                <code>{scope}</code>
              </label>
            ))}
          </div>
          {errors['scopes'] && (
            <p class="error" id="scopes-error">
              {t(errors['scopes'])}
            </p>
          )}
        </fieldset>
        <div class="field">
          <label for="expires">{t('newKey.expires')}</label>
          <select id="expires" name="expires">
            {LIFETIMES.map((each) => (
              <option key={each} value={each} selected={each === lifetime}>
                {t('newKey.days', { count: Number.parseInt(each) })}
              </option>
            ))}
          </select>
        </div>
        <div class="actions">
          <Submit>{t('newKey.submit')}</Submit>
          <a class="button quiet" href="/account/keys">
            {t('confirm.cancel')}
          </a>
        </div>
      </form>
    </section>
  );
}
