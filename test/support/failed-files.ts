import { mkdirSync, writeFileSync } from 'node:fs';
import type { Reporter } from 'vitest/node';

type RunEnd = Parameters<NonNullable<Reporter['onTestRunEnd']>>;

/** Writes down which files of the run failed, or did not come to an end, and how many errors belong to none: see `.ci/again.mjs`. */
export default class FailedFiles implements Reporter {
  onTestRunEnd(modules: RunEnd[0], unhandledErrors: RunEnd[1]): void {
    const files = modules.filter((each) => !['passed', 'skipped'].includes(each.state()));
    const failed = { files: files.map((each) => each.relativeModuleId), errors: unhandledErrors.length };
    mkdirSync('test-results', { recursive: true });
    writeFileSync('test-results/failed.json', JSON.stringify(failed));
  }
}
