import { vi } from 'vitest';
import type { Answered, AnsweredListener, Traffic } from '../../src/apis/gateway/traffic.service.js';
import { UsageRecorder } from '../../src/apis/usage/usage-recorder.service.js';
import { UsageWriter } from '../../src/apis/usage/usage-writer.service.js';
import { ProcessKind } from '../../src/platform/config/process-kind.js';
import type { CleanUps } from '../../src/platform/database/clean-ups.service.js';
import { Metrics } from '../../src/platform/http/metrics.js';
import type { TestApp } from './app.js';
import type { TestApi } from './gateway.js';

const OK: Answered = {
  status: 200,
  ms: 10,
  bytesIn: 1,
  bytesOut: 2,
  subscriptionId: undefined,
  call: { id: '', method: 'GET', headers: {} },
};

/** Another process on the same database, which counts what it is told. */
export function otherUsageNode(app: TestApp, api: TestApi) {
  let listener: AnsweredListener = () => {};
  const traffic = { onAnswered: (each: AnsweredListener) => (listener = each) } as unknown as Traffic;
  const metrics = new Metrics();
  const recorder = new UsageRecorder(traffic, metrics);
  const every = vi.fn();
  const cleanUps = { every } as unknown as CleanUps;
  const writer = new UsageWriter(app.database, app.settings, cleanUps, recorder, ProcessKind.SERVER);
  const count = (answered: Partial<Answered> = {}, routeId = 'a-route', versionId = api.versionId) =>
    listener({ api: { id: api.id }, version: { id: versionId }, route: { id: routeId } } as never, {
      ...OK,
      ...answered,
    });
  return { count, recorder, writer, every, metrics };
}
