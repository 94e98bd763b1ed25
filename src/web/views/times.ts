const UNITS: readonly [Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** How long ago, or how far ahead, in the words of a language: `3 hours ago`. */
export function relativeTime(tag: string, time: Date, now = Date.now()): string {
  const seconds = (time.getTime() - now) / 1000;
  const words = new Intl.RelativeTimeFormat(tag, { numeric: 'auto' });
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ['second', 1];
  return unit === 'second' ? words.format(0, 'second') : words.format(Math.round(seconds / size), unit);
}
