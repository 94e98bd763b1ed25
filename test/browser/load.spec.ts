import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApp } from '../support/app.js';
import { startBrowser, startSite, Tab } from '../support/tabs.js';

/** A phone on a slow mobile network, as Lighthouse has it. */
const NETWORK = {
  offline: false,
  latency: 150,
  downloadThroughput: 1_638_400 / 8,
  uploadThroughput: 750_000 / 8,
};
/** So many times slower than a machine that does nothing else. */
const PROCESSOR = 4;
/** Milliseconds that such a machine takes for the loop of {@link slowness}. */
const IDLE_MS = 48;
const VISITS = 5;

/** Largest paint and time blocked in milliseconds; how far things moved. */
interface Load {
  paint: number;
  blocked: number;
  shift: number;
}

/** How many times slower this machine is just now. */
function slowness({ page }: Tab): Promise<number> {
  return page.evaluate((idle) => {
    const began = performance.now();
    let x = 1;
    for (let turn = 0; turn < 1e7; turn++) x = (x * 1_103_515_245 + 12_345) & 0x7f_ff_ff_ff;
    if (x === -1) throw new Error('never');
    return Math.max(1, (performance.now() - began) / idle);
  }, IDLE_MS);
}

describe('on a phone', { timeout: 120_000 }, () => {
  let app: TestApp & { site: string };
  let browser: Browser;

  beforeAll(async () => {
    app = await startSite();
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  const visit = async (path: string): Promise<Load> => {
    const tab = await Tab.open(browser, app.site, { viewport: { width: 360, height: 740 } });
    const cdp = await tab.page.context().newCDPSession(tab.page);
    await cdp.send('Network.enable');
    await cdp.send('Network.emulateNetworkConditions', NETWORK);
    const rate = Math.max(1, PROCESSOR / (await slowness(tab)));
    await cdp.send('Emulation.setCPUThrottlingRate', { rate });
    await tab.page.addInitScript(() => {
      const seen = { paint: 0, blocked: 0, shift: 0 };
      Object.assign(globalThis, { seen });
      const watch = (type: string, note: (entry: any) => void) =>
        new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
      watch('largest-contentful-paint', ({ startTime }) => (seen.paint = startTime));
      watch('layout-shift', ({ value, hadRecentInput }) => (seen.shift += hadRecentInput ? 0 : value));
      watch('longtask', ({ duration }) => (seen.blocked += duration - 50));
    });
    await tab.page.goto(path, { waitUntil: 'load' });
    await tab.page.waitForFunction(() => (globalThis as any).seen.paint > 0);
    // What moves afterwards moves by then: the passkey button, when the script is ready.
    await tab.page.waitForTimeout(500);
    const load = await tab.page.evaluate(() => (globalThis as any).seen as Load);
    await tab.finish();
    return load;
  };
  const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

  it.each(['/login', '/signup', '/reset'])('%s is there soon, and stays where it is', async (path) => {
    const loads: Load[] = [];
    for (let each = 0; each < VISITS; each++) loads.push(await visit(path));
    expect(median(loads.map(({ paint }) => paint))).toBeLessThanOrEqual(1_500);
    expect(median(loads.map(({ blocked }) => blocked))).toBeLessThanOrEqual(200);
    expect(Math.max(...loads.map(({ shift }) => shift))).toBeLessThanOrEqual(0.05);
  });
});
