// NestJS on Fastify around the least that a rotation needs, with the body checked by a DTO: what the framework takes.
import 'reflect-metadata';
import * as common from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IsString } from 'class-validator';
import { host, port, several } from './common.mjs';
import { begun, rotated } from './rotation.mjs';

const { Body, Controller, Get, HttpCode, Module, Post, Query, UnauthorizedException, ValidationPipe } =
  common;

class RefreshRequest {
  refresh_token;
}
IsString()(RefreshRequest.prototype, 'refresh_token');

class RefreshController {
  refresh({ refresh_token }) {
    const tokens = rotated(refresh_token);
    if (!tokens) throw new UnauthorizedException();
    return tokens;
  }

  sessions(count) {
    return several(count, begun);
  }
}
const { prototype } = RefreshController;
const method = (name) => [prototype, name, Object.getOwnPropertyDescriptor(prototype, name)];
Post('refresh')(...method('refresh'));
HttpCode(200)(...method('refresh'));
Get('bench/sessions')(...method('sessions'));
Body()(prototype, 'refresh', 0);
Query('count')(prototype, 'sessions', 0);
Reflect.defineMetadata('design:paramtypes', [RefreshRequest], prototype, 'refresh');
Controller()(RefreshController);

class AppModule {}
Module({ controllers: [RefreshController] })(AppModule);

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
await app.listen(port, host);
