import { Field, Notice, Submit } from '../views/fields.view.js';
import { useTexts } from '../views/page-context.js';
import type { ProblemText } from '../views/problem-texts.js';

interface DeviceCodeProps {
  typed?: string | undefined;
  problem?: ProblemText | undefined;
}

/** Where the code of a device is typed in. By GET, for it only looks, and a sign-in on the way comes back to it. */
export function DeviceCodeView({ typed, problem }: DeviceCodeProps) {
  const t = useTexts();
  return (
    <>
      <h1>{t('device.title')}</h1>
      <p class="lead">{t('device.lead')}</p>
      {problem && <Notice kind="error">{t(problem.key, problem.values)}</Notice>}
      <form method="get" action="/device">
        <Field
          id="user_code"
          label={t('device.code')}
          class="code"
          autocomplete="off"
          autofocus={!problem}
          required
          maxLength={100}
          value={typed}
        />
        <Submit>{t('device.submit')}</Submit>
      </form>
    </>
  );
}
