import { useTexts } from '../views/page-context.js';
import { Panel } from './account-layout.view.js';

/** What is stored about one, and the end of it. */
export function DataView() {
  const t = useTexts();
  return (
    <>
      <Panel title={t('data.export')} lead={t('data.exportLead')}>
        <p>
          <a class="button secondary" href="/account/export" download>
            {t('data.download')}
          </a>
        </p>
      </Panel>
      <Panel title={t('data.delete')} lead={t('data.deleteLead')}>
        <p>
          <a class="button danger" href="/account/delete">
            {t('data.delete')}
          </a>
        </p>
      </Panel>
    </>
  );
}
