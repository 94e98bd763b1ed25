import { useTexts } from './page-context.js';
import type { TextKey } from './texts.types.js';

interface ProblemProps {
  title: TextKey;
  text: TextKey;
  /** For who has to mend it: the code and what the server says to programs. */
  code: string;
  detail: string;
  requestId: string;
  /** Whether the details are what the page is about. */
  isForDevelopers?: boolean;
}

/** What went wrong, in words for visitors, and what a developer or the operator needs to find it. */
export function ProblemView({ title, text, code, detail, requestId, isForDevelopers = false }: ProblemProps) {
  const t = useTexts();
  return (
    <>
      <h1>{t(title)}</h1>
      <p>{t(text)}</p>
      <p>
        <a class="button secondary" href="/">
          {t('problem.home')}
        </a>
      </p>
      <details class="technical" open={isForDevelopers}>
        <summary>{t('problem.details')}</summary>
        <dl>
          <dt>{t('problem.code')}</dt>
          <dd>
            <code>{code}</code>
          </dd>
          <dt>{t('problem.says')}</dt>
          <dd lang="en" dir="ltr">
            {detail}
          </dd>
          <dt>{t('problem.request')}</dt>
          <dd>
            <code>{requestId}</code>
          </dd>
        </dl>
      </details>
    </>
  );
}
