const BROWSERS: [RegExp, string][] = [
  [/\bEdg/, 'Edge'],
  [/\bFirefox|\bFxiOS/, 'Firefox'],
  [/\bChrome|\bCriOS/, 'Chrome'],
  [/\bSafari/, 'Safari'],
  [/^curl\//, 'curl'],
];
const SYSTEMS: [RegExp, string][] = [
  [/\biPhone|\biPad/, 'iOS'],
  [/\bAndroid/, 'Android'],
  [/\bWindows/, 'Windows'],
  [/\bMac OS X/, 'macOS'],
  [/\bLinux/, 'Linux'],
];

/** The names of what a person uses, where they are known. */
export interface Device {
  browser?: string | undefined;
  system?: string | undefined;
}

/** What a User-Agent stands for, in words of our own: the sender of the header chooses its text. */
export function deviceOf(userAgent: string | null): Device {
  const known = (table: [RegExp, string][]) => table.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1];
  return { browser: known(BROWSERS), system: known(SYSTEMS) };
}
