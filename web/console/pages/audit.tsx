import { useEffect, useState } from 'preact/hooks';
import { get, withQuery, type Paged } from '../api.js';
import { usePages } from '../data.js';
import { query, setQuery } from '../router.js';
import { t } from '../texts.js';
import type { Event } from '../types.js';
import { EventRow, eventHeads } from '../ui/events.js';
import { ClearFilters, Filter, TextFilter, Toolbar } from '../ui/filters.js';
import { Icon } from '../ui/icons.js';
import { List, Page } from '../ui/parts.js';

const PATH = '/v1/audit-events';
const FILTERS = ['action', 'actor', 'subject', 'since', 'until'] as const;
const LIVE_MS = 3_000;
const MOST_LIVE = 200;

/** What happened, the newest first; live, with what happens while one looks. */
export default function Audit() {
  const filters = Object.fromEntries(FILTERS.map((name) => [name, query.value.get(name) ?? '']));
  const order = query.value.get('order') === 'oldest' ? 'oldest' : 'newest';
  const pages = usePages<Event>(PATH, { ...filters, order }, 50);
  const isFirst = !query.value.has('cursor') && order === 'newest' && !filters['until'];
  const [isLive, setLive] = useState(false);
  const live = useLive(isLive && isFirst, filters, pages.value?.items[0]?.at);
  const known = new Set(live.map(({ id }) => id));
  const items = [...live, ...(pages.value?.items ?? []).filter(({ id }) => !known.has(id))];
  const shown = pages.value && { ...pages, value: { ...pages.value, items } };
  return (
    <Page
      title={t('entry.audit')}
      lead={t('audit.lead')}
      actions={
        <>
          <button
            type="button"
            aria-pressed={isLive && isFirst}
            disabled={!isFirst}
            class="live"
            onClick={() => setLive(!isLive)}
          >
            <Icon name="live" />
            {t('audit.live')}
          </button>
          {(['csv', 'jsonl'] as const).map((format) => (
            <a
              key={format}
              class="button"
              download
              href={withQuery(`${PATH}/export`, { format, ...filters })}
            >
              {t('audit.export', { format: format.toUpperCase() })}
            </a>
          ))}
        </>
      }
    >
      <Toolbar>
        <TextFilter name="action" label={t('audit.action')} />
        <TextFilter name="actor" label={t('audit.actorId')} />
        <TextFilter name="subject" label={t('audit.targetId')} />
        <TextFilter name="since" label={t('audit.since')} type="date" />
        <TextFilter name="until" label={t('audit.until')} type="date" />
        <Filter
          name="order"
          label={t('audit.order')}
          options={[
            ['', t('audit.newest')],
            ['oldest', t('audit.oldest')],
          ]}
        />
        <ClearFilters names={FILTERS} />
      </Toolbar>
      <p class="hidden" role="status">
        {live.length > 0 && t('audit.arrived', { count: live.length })}
      </p>
      <List
        pages={shown ?? pages}
        label={t('entry.audit')}
        empty={t('audit.none')}
        heads={eventHeads()}
        row={(event) => <EventRow key={event.id} event={event} />}
      />
      {order === 'oldest' && (
        <p>
          <button type="button" class="quiet small" onClick={() => setQuery({ order: '', cursor: '' })}>
            {t('audit.toNewest')}
          </button>
        </p>
      )}
    </Page>
  );
}

/** What has happened since the page was read, newest first. */
function useLive(isOn: boolean, filters: Record<string, string>, since: string | undefined): Event[] {
  const [found, setFound] = useState<Event[]>([]);
  const key = JSON.stringify(filters);
  useEffect(() => setFound([]), [key, isOn]);
  useEffect(() => {
    if (!isOn || since === undefined) return undefined;
    const look = async () => {
      if (document.hidden) return;
      const asked = { ...filters, since, order: 'newest', limit: 100 };
      const { items } = await get<Paged<Event>>(PATH, asked);
      setFound(items.slice(0, MOST_LIVE));
    };
    // A look that fails is followed by the next one.
    const timer = setInterval(() => void look().catch(() => undefined), LIVE_MS);
    return () => clearInterval(timer);
  }, [isOn, since, key]);
  return found;
}
