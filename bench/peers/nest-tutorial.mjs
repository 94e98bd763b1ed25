// The stack of the NestJS documentation and of most tutorials: the Express platform, @nestjs/jwt, passport-jwt,
// and TypeORM; the strategy loads the user on every request, and refresh tokens are JWTs kept as a hash per user.
//   KEYS=pem      the keys are given as PEM text, which is parsed on every call
//   KEYS=object   the keys are given as KeyObjects
//   HASH=argon2   the refresh token is kept as an argon2id hash
//   HASH=sha256   the refresh token is kept as a SHA-256 hash
// The decorators are applied as functions, for this file is run without a compiler.
import 'reflect-metadata';
import { Body, Controller, Get, Injectable, Module, Post, Query, Req } from '@nestjs/common';
import { Dependencies, HttpCode, UnauthorizedException, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { getRepositoryToken, TypeOrmModule } from '@nestjs/typeorm';
import { hash, verify } from '@node-rs/argon2';
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { EntitySchema } from 'typeorm';
import {
  claims,
  folder,
  host,
  keyPair,
  password,
  port,
  several,
  tuneSqlite,
  url,
  whoami,
} from './common.mjs';

const keys = keyPair();
const [privateKey, publicKey] =
  process.env.KEYS === 'pem' ? [keys.privatePem, keys.publicPem] : [keys.privateKey, keys.publicKey];

const sha256 = (text) => createHash('sha256').update(text).digest('base64url');
const [keep, matches] =
  process.env.HASH === 'argon2'
    ? [(token) => hash(token), (token, kept) => verify(kept, token)]
    : [(token) => sha256(token), (token, kept) => sha256(token) === kept];

const User = new EntitySchema({
  name: 'user',
  columns: {
    id: { type: 'varchar', primary: true },
    email: { type: 'varchar', unique: true },
    passwordHash: { type: 'varchar' },
    refreshHash: { type: 'varchar', nullable: true },
  },
});

class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(users) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: publicKey,
      algorithms: ['ES256'],
      issuer: url,
      audience: url,
    });
    this.users = users;
  }

  async validate(payload) {
    const user = await this.users.findOneBy({ id: payload.sub });
    if (!user) throw new UnauthorizedException();
    return { ...payload, email: user.email };
  }
}
Injectable()(JwtStrategy);
Dependencies(getRepositoryToken(User))(JwtStrategy);

class AuthController {
  constructor(users, jwt) {
    this.users = users;
    this.jwt = jwt;
  }

  whoami(request) {
    return whoami(request.user);
  }

  async refresh({ refresh_token }) {
    const { sub } = await this.jwt.verifyAsync(refresh_token);
    const user = await this.users.findOneBy({ id: sub });
    if (!user?.refreshHash || !(await matches(refresh_token, user.refreshHash)))
      throw new UnauthorizedException();
    return this.issue(user);
  }

  async logIn({ email, password: given }) {
    const user = await this.users.findOneBy({ email });
    if (!user || !(await verify(user.passwordHash, given))) throw new UnauthorizedException();
    return this.issue(user);
  }

  async issue({ id }) {
    const access_token = await this.jwt.signAsync(claims(0, id));
    const refresh_token = await this.jwt.signAsync({ sub: id, jti: randomUUID() });
    await this.users.update({ id }, { refreshHash: await keep(refresh_token) });
    return { access_token, refresh_token, token_type: 'Bearer' };
  }

  async tokens(count) {
    const { id } = await this.signUp();
    return several(count, (n) => this.jwt.signAsync(claims(n, id)));
  }

  async sessions(count) {
    return several(count, async () => (await this.issue(await this.signUp())).refresh_token);
  }

  async accounts(count) {
    return several(count, async () => (await this.signUp()).email);
  }

  async signUp() {
    const id = randomUUID();
    return this.users.save({ id, email: `${id}@example.com`, passwordHash: await hash(password) });
  }
}

/** Decorates a method and its first parameter. */
function route(name, decorators, parameter) {
  const { prototype } = AuthController;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  for (const decorator of decorators) decorator(prototype, name, descriptor);
  parameter(prototype, name, 0);
}
route('whoami', [UseGuards(AuthGuard('jwt')), Get('whoami')], Req());
route('refresh', [HttpCode(200), Post('refresh')], Body());
route('logIn', [HttpCode(200), Post('login')], Body());
for (const name of ['tokens', 'sessions', 'accounts']) route(name, [Get(`bench/${name}`)], Query('count'));
Controller()(AuthController);
Dependencies(getRepositoryToken(User), JwtService)(AuthController);

class AppModule {}
Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: join(folder, 'tutorial.db'),
      entities: [User],
      synchronize: true,
      prepareDatabase: tuneSqlite,
    }),
    TypeOrmModule.forFeature([User]),
    PassportModule,
    JwtModule.register({
      privateKey,
      publicKey,
      signOptions: { algorithm: 'ES256', expiresIn: '1d' },
      verifyOptions: { algorithms: ['ES256'] },
    }),
  ],
  controllers: [AuthController],
  providers: [JwtStrategy],
})(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error', 'fatal'] });
await app.listen(port, host);
