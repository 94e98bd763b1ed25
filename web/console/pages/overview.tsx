import { useGet } from '../data.js';
import { query } from '../router.js';
import { inNumbers, locale, t } from '../texts.js';
import { Filter, Toolbar } from '../ui/filters.js';
import { Loaded, Page, Section } from '../ui/parts.js';
import { Chart, type Point, type Series } from './overview/chart.js';

interface Counts {
  at: string;
  signIns: number;
  failures: number;
  signUps: number;
  requests: number;
  errors: number;
  users: number | null;
  activeSessions: number | null;
  latency: { p50: number; p95: number; p99: number } | null;
}
interface Overview {
  step: 'hour' | 'day';
  now: { users: number | null; activeSessions: number | null; countedAt: string | null };
  items: Counts[];
}

const DAY_MS = 86_400_000;
const SPANS = { day: 1, week: 7, month: 30, quarter: 90 } as const;
type Span = keyof typeof SPANS;
/** Hours as far as there are not too many of them. */
const LAST_BY_HOUR: Span[] = ['day', 'week'];

/** How the server is used: the last hours or days, each chart with its table. */
export default function OverviewPage() {
  const asked = query.value.get('span') as Span | null;
  const span = asked && asked in SPANS ? asked : 'day';
  const step = LAST_BY_HOUR.includes(span) ? 'hour' : 'day';
  // To the minute, so that drawing again does not ask again.
  const now = Math.floor(Date.now() / 60_000) * 60_000;
  const from = new Date(now - SPANS[span] * DAY_MS).toISOString();
  const data = useGet<Overview>(`/v1/overview?step=${step}&from=${from}`);
  const zone = Intl.DateTimeFormat(locale.replace(/-X[AB]$/, '')).resolvedOptions().timeZone;
  return (
    <Page
      title={t('entry.overview')}
      lead={t('overview.zone', { zone })}
      actions={
        <Toolbar>
          <Filter
            name="span"
            label={t('overview.span')}
            options={(Object.keys(SPANS) as Span[]).map((each) => [
              each === 'day' ? '' : each,
              t(`overview.${each}`),
            ])}
          />
        </Toolbar>
      }
    >
      <Loaded data={data}>
        {(found) => (
          <>
            <Tiles of={found} />
            <div class="charts">
              <Charts of={found} />
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Tiles({ of: { now, items } }: { of: Overview }) {
  const sum = (name: 'signIns' | 'failures' | 'signUps') => items.reduce((all, each) => all + each[name], 0);
  const tiles = [
    [t('overview.users'), now.users, '/console/users'],
    [t('overview.sessions'), now.activeSessions, undefined],
    [t('overview.signIns'), sum('signIns'), '/console/audit?action=login.succeeded'],
    [t('overview.failures'), sum('failures'), '/console/audit?action=login.failed'],
    [t('overview.signUps'), sum('signUps'), undefined],
  ] as const;
  return (
    <dl class="tiles">
      {tiles.map(([name, value, href]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{href ? <a href={href}>{shown(value)}</a> : shown(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

const shown = (value: number | null) => (value === null ? '–' : inNumbers(value));

function Charts({ of: { items, step } }: { of: Overview }) {
  const series = (name: string, tone: Series['tone'], read: (each: Counts) => number | null): Series => ({
    name,
    tone,
    points: items.map((each): Point => ({ at: each.at, value: read(each) })),
  });
  const charts: { title: string; kind: 'bars' | 'lines'; unit?: string; series: Series[] }[] = [
    {
      title: t('overview.chartSignIns'),
      kind: 'bars',
      series: [
        series(t('overview.signIns'), 'good', ({ signIns }) => signIns),
        series(t('overview.failures'), 'bad', ({ failures }) => failures),
      ],
    },
    {
      title: t('overview.sessions'),
      kind: 'lines',
      series: [series(t('overview.sessions'), 'good', ({ activeSessions }) => activeSessions)],
    },
    {
      title: t('overview.chartRequests'),
      kind: 'bars',
      series: [
        series(t('overview.requests'), 'neutral', ({ requests }) => requests),
        series(t('overview.errors'), 'bad', ({ errors }) => errors),
      ],
    },
    {
      title: t('overview.chartLatency'),
      kind: 'lines',
      unit: 'ms',
      series: [
        series('p50', 'good', ({ latency }) => latency?.p50 ?? null),
        series('p95', 'neutral', ({ latency }) => latency?.p95 ?? null),
        series('p99', 'bad', ({ latency }) => latency?.p99 ?? null),
      ],
    },
  ];
  return (
    <>
      {charts.map(({ title, ...chart }) => (
        <Section key={title} title={title}>
          <Chart title={title} step={step} {...chart} />
        </Section>
      ))}
    </>
  );
}
