import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RevocationModule } from '../revocation/revocation.module.js';
import { KeyRotationService } from './key-rotation.service.js';
import { KeyVault } from './key-vault.service.js';
import { KeysController } from './keys.controller.js';
import { SealingService } from './sealing.service.js';
import { ServerDocument } from './server-document.service.js';
import { SigningKey } from './signing-key.entity.js';
import { SigningKeysService } from './signing-keys.service.js';
import { WellKnownController } from './well-known.controller.js';

@Module({
  imports: [TypeOrmModule.forFeature([SigningKey]), RevocationModule],
  controllers: [WellKnownController, KeysController],
  providers: [SealingService, KeyVault, SigningKeysService, KeyRotationService, ServerDocument],
  exports: [SealingService, SigningKeysService, KeyRotationService, ServerDocument],
})
export class KeysModule {}
