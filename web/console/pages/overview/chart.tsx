import { inNumbers, locale, t } from '../../texts.js';
import { Table } from '../../ui/parts.js';

export interface Point {
  at: string;
  value: number | null;
}
export interface Series {
  name: string;
  tone: 'good' | 'bad' | 'neutral';
  points: Point[];
}
interface ChartProps {
  title: string;
  kind: 'bars' | 'lines';
  step: 'hour' | 'day';
  unit?: string;
  series: Series[];
}

const WIDTH = 600;
const HEIGHT = 160;
const GAP = 0.2;
const DASH = 0.4;

const language = locale.replace(/-X[AB]$/, '');
const hours = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
const days = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' });
const both = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'short' });

/** A chart drawn here, with the numbers behind it as a table. */
export function Chart({ title, kind, step, unit = '', series }: ChartProps) {
  const points = series[0]!.points;
  const top = niceTop(heights(series, kind));
  const label = (at: string) => (step === 'hour' ? both : days).format(new Date(at));
  const withUnit = (value: number | null) => (value === null ? '–' : `${inNumbers(value)} ${unit}`.trim());
  return (
    <figure class="chart">
      <ul class="legend" aria-hidden="true">
        {series.map(({ name, tone }) => (
          <li key={name} class={tone}>
            {name}
          </li>
        ))}
      </ul>
      <div class="plot">
        <span class="most">{withUnit(top)}</span>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {[0, 0.5, 1].map((part) => (
            <line key={part} x1="0" x2={WIDTH} y1={HEIGHT * part} y2={HEIGHT * part} />
          ))}
          {kind === 'bars' ? <Bars series={series} top={top} /> : <Lines series={series} top={top} />}
        </svg>
        {/* On top of the marks, as wide as a step, so that each of them says what it is. */}
        <div class="hover" aria-hidden="true">
          {points.map(({ at }, position) => (
            <i
              key={at}
              title={`${label(at)}\n${series.map(({ name, points: own }) => `${name}: ${withUnit(own[position]!.value)}`).join('\n')}`}
            />
          ))}
        </div>
      </div>
      <p class="axis" aria-hidden="true">
        {ticksOf(points).map((at) => (
          <span key={at}>{(step === 'hour' && points.length <= 25 ? hours : days).format(new Date(at))}</span>
        ))}
      </p>
      <details>
        <summary>{t('overview.table')}</summary>
        <Table label={title} heads={[t('overview.at'), ...series.map(({ name }) => name)]}>
          {points.map(({ at }, position) => (
            <tr key={at}>
              <th scope="row">{label(at)}</th>
              {series.map(({ name, points: own }) => (
                <td key={name}>{withUnit(own[position]!.value)}</td>
              ))}
            </tr>
          ))}
        </Table>
      </details>
    </figure>
  );
}

/** Stacked, the first at the bottom. */
function Bars({ series, top }: { series: Series[]; top: number }) {
  const width = WIDTH / series[0]!.points.length;
  return (
    <>
      {series[0]!.points.map(({ at }, position) => {
        let below = HEIGHT;
        return series.map(({ name, tone, points }) => {
          const height = ((points[position]!.value ?? 0) / top) * HEIGHT;
          below -= height;
          return (
            height > 0 && (
              <rect
                key={at + name}
                class={tone}
                x={(position + GAP / 2) * width}
                y={below}
                width={width * (1 - GAP)}
                height={height}
              />
            )
          );
        });
      })}
    </>
  );
}

const isKnown = (point: Point | undefined) => point !== undefined && point.value !== null;

/** Where nothing was measured, the line has a gap. */
function Lines({ series, top }: { series: Series[]; top: number }) {
  const width = WIDTH / series[0]!.points.length;
  return (
    <>
      {series.map(({ name, tone, points }) => {
        const parts = points.map(({ value }, position) => {
          if (value === null) return '';
          const x = (position + 0.5) * width;
          const y = HEIGHT - (value / top) * HEIGHT;
          if (isKnown(points[position - 1])) return `L${x} ${y}`;
          // One by itself is a dash as wide as a bar.
          return isKnown(points[position + 1])
            ? `M${x} ${y}`
            : `M${x - DASH * width} ${y}h${2 * DASH * width}`;
        });
        return <path key={name} class={tone} d={parts.join('')} />;
      })}
    </>
  );
}

function heights(series: Series[], kind: 'bars' | 'lines'): number {
  const values = series[0]!.points.map((_, position) => {
    const own = series.map(({ points }) => points[position]!.value ?? 0);
    return kind === 'bars' ? own.reduce((all, each) => all + each, 0) : Math.max(...own);
  });
  return Math.max(1, ...values);
}

/** The next number that reads well: 1, 2 or 5 with zeros. */
function niceTop(highest: number): number {
  const size = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 5, 10].map((each) => each * size).find((each) => each >= highest)!;
}

function ticksOf(points: Point[]): string[] {
  if (points.length === 0) return [];
  const last = points.length - 1;
  return [...new Set([0, 1 / 3, 2 / 3, 1].map((part) => points[Math.round(last * part)]!.at))];
}
