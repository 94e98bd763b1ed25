import { Module } from '@nestjs/common';
import { TokensModule } from '../../tokens/access-tokens/tokens.module.js';
import { ViewsModule } from '../views/views.module.js';
import { TokenToolController } from './token-tool.controller.js';

@Module({ imports: [ViewsModule, TokensModule], controllers: [TokenToolController] })
export class TokenToolModule {}
