import type { INestApplicationContext, Type } from '@nestjs/common';
import { NotDone } from './cli.errors.js';

/** A service of a feature. @throws NotDone when `FEATURES` switches that off */
export function serviceOf<T>(app: INestApplicationContext, service: Type<T>, feature: string): T {
  try {
    return app.get(service);
  } catch (error) {
    throw new NotDone(`${feature} is off: add it to FEATURES`, { cause: error });
  }
}
