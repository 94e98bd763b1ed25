import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessPolicies } from './access-policy.js';
import { ProtectedResources } from './protected-resources.js';
import { RouteRegistry } from './route-registry.js';
import { Sockets } from './sockets.js';
import { Strategies } from './strategies.js';

/** Who may call what. The guards themselves stand in `app.module.ts`, in their order. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [AccessPolicies, RouteRegistry, ProtectedResources, Strategies, Sockets],
  exports: [AccessPolicies, RouteRegistry, ProtectedResources, Strategies, Sockets],
})
export class AccessModule {}
