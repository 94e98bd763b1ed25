import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessPolicies } from './access-policy.js';
import { RouteRegistry } from './route-registry.js';

/** Who may call what. The guards themselves stand in `app.module.ts`, in their order. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [AccessPolicies, RouteRegistry],
  exports: [AccessPolicies, RouteRegistry],
})
export class AccessModule {}
