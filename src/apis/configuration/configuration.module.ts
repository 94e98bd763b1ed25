import { Module } from '@nestjs/common';
import { GatewayModule } from '../gateway/gateway.module.js';
import { ResourcesModule } from '../resources/resources.module.js';
import { UpstreamsModule } from '../upstreams/upstreams.module.js';
import { VersionsModule } from '../versions/versions.module.js';
import { ConfigurationExport } from './configuration-export.service.js';
import { ConfigurationService } from './configuration.service.js';

@Module({
  imports: [ResourcesModule, UpstreamsModule, VersionsModule, GatewayModule],
  providers: [ConfigurationExport, ConfigurationService],
  exports: [ConfigurationExport, ConfigurationService],
})
export class ConfigurationModule {}
