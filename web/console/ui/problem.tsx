import { ProblemError } from '../api.js';
import { t } from '../texts.js';

/** What a failure means to people. The server's own words say the most about what it refused. */
export function problemText(error: Error): string {
  if (!(error instanceof ProblemError)) return t('problem.unreachable');
  if (error.code === 'insufficient_user_authentication') return t('problem.notProved');
  if (error.code === 'privilege_escalation') return `${t('problem.escalation')} ${error.message}`;
  if (error.status === 404) return t('problem.gone');
  if (error.status === 429) return t('problem.tooOften');
  return error.message;
}

/** Says what went wrong, and offers to try again where that may help. */
export function ProblemNotice({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const id = error instanceof ProblemError ? error.problem['instance'] : undefined;
  return (
    <div class="notice bad" role="alert">
      <p>{problemText(error)}</p>
      {error instanceof ProblemError && error.errors.length > 0 && (
        <ul>
          {error.errors.map(({ field, message }) => (
            <li key={field}>{message}</li>
          ))}
        </ul>
      )}
      {error instanceof ProblemError && (
        <p class="hint">
          <code>{error.code}</code> {typeof id === 'string' && <code>{id}</code>}
        </p>
      )}
      {onRetry && (
        <button type="button" class="small" onClick={onRetry}>
          {t('action.retry')}
        </button>
      )}
    </div>
  );
}
