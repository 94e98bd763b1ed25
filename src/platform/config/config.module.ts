import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ProcessKind } from './process-kind.js';
import { Settings } from './settings.js';

/** Provides the {@link Settings} everywhere, and what kind of process has them. */
@Global()
@Module({})
export class ConfigModule {
  static with(settings: Settings, kind: ProcessKind): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: Settings, useValue: settings },
        { provide: ProcessKind, useValue: kind },
      ],
      exports: [Settings, ProcessKind],
    };
  }
}
