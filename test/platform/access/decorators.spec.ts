import { Controller, Get, Module, Post, type Type } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AccessPolicies } from '../../../src/platform/access/access-policy.js';
import {
  Authenticated,
  CurrentPrincipal,
  Public,
  Roles,
  Scopes,
  StepUp,
} from '../../../src/platform/access/access.decorators.js';
import type { Principal } from '../../../src/platform/access/principal.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { expectProblem } from '../../support/problem.js';

/** A module of these controllers and nothing else. */
function moduleOf(...controllers: Type[]): Type {
  @Module({ controllers })
  class ProbeModule {}
  return ProbeModule;
}

@Controller('closed')
@Roles('admin')
class ClosedController {
  @Get('by-class')
  byClass() {
    return {};
  }

  @Get('opened')
  @Public()
  opened() {
    return {};
  }

  @Get('for-users')
  @Roles('user')
  forUsers() {
    return {};
  }

  @Get('and-scope')
  @Scopes('users:read')
  andScope() {
    return {};
  }

  @Get('and-authenticated')
  @Authenticated()
  andAuthenticated() {
    return {};
  }
}

@Controller('open')
@Public()
class OpenController {
  @Get('by-class')
  byClass() {
    return {};
  }

  @Get('closed')
  @Authenticated()
  closed(@CurrentPrincipal() { id }: Principal) {
    return { id };
  }

  @Get('scoped')
  @Scopes('users:read')
  scoped() {
    return {};
  }
}

@Controller('kinds')
class KindsController {
  @Get('any-role')
  @Roles('admin', 'user')
  anyRole() {
    return {};
  }

  @Get('all-scopes')
  @Scopes('account:read', 'users:read')
  allScopes() {
    return {};
  }

  @Roles('user')
  @Scopes('users:read')
  @Get('route-last')
  routeLast() {
    return {};
  }

  @Get('route-first')
  @Scopes('users:read')
  @Roles('user')
  routeFirst() {
    return {};
  }
}

describe('a route', () => {
  let app: TestApp;
  let member: SignedIn;
  let admin: SignedIn;

  beforeAll(async () => {
    app = await startApp({ modules: [moduleOf(ClosedController, OpenController, KindsController)] });
    member = await app.as.member();
    admin = await app.as.admin();
  });
  afterAll(() => app.close());

  /** What an anonymous caller, a member and an admin are answered. */
  const statuses = async (path: string) =>
    (await Promise.all([app.as.anonymous(), member, admin].map((who) => who.get(path)))).map(
      ({ status }) => status,
    );

  it('has the access of its class', async () => {
    expect(await statuses('/closed/by-class')).toEqual([401, 403, 200]);
    expect(await statuses('/open/by-class')).toEqual([200, 200, 200]);
  });

  it('overrides the roles of its class with its own', async () => {
    expect(await statuses('/closed/for-users')).toEqual([401, 200, 200]);
  });

  it('opens a closed class and closes an open one', async () => {
    expect(await statuses('/closed/opened')).toEqual([200, 200, 200]);
    expect(await statuses('/open/closed')).toEqual([401, 200, 200]);
    expect(await statuses('/open/scoped')).toEqual([401, 403, 200]);
    expect((await member.get('/open/closed')).body).toEqual({ id: member.id });
  });

  it('needs both the role of its class and its own scope', async () => {
    expect(await statuses('/closed/and-scope')).toEqual([401, 403, 200]);
    const reader = await app.as.holderOf('users:read');
    expectProblem(await reader.get('/closed/and-scope'), 403, 'insufficient_role');
    const narrowed = await app.as.logIn(admin.email, admin.password, { scope: 'roles:read' });
    expectProblem(await narrowed.get('/closed/and-scope'), 403, 'insufficient_scope');
  });

  it('is not opened to all members of a closed class by @Authenticated()', async () => {
    expect(await statuses('/closed/and-authenticated')).toEqual([401, 403, 200]);
  });

  it('takes any one of its roles', async () => {
    expect(await statuses('/kinds/any-role')).toEqual([401, 200, 200]);
    const holder = await app.as.holderOf('users:read');
    expectProblem(await holder.get('/kinds/any-role'), 403, 'insufficient_role');
  });

  it('takes nothing less than all of its scopes', async () => {
    for (const scopes of [['account:read'], ['users:read']]) {
      const holder = await app.as.holderOf(...scopes);
      const answer = await holder.get('/kinds/all-scopes');
      expectProblem(answer, 403, 'insufficient_scope');
      expect(answer.headers.get('www-authenticate')).toContain('scope="account:read users:read"');
    }
    const holder = await app.as.holderOf('account:read', 'users:read');
    expect((await holder.get('/kinds/all-scopes')).status).toBe(200);
  });

  it('is the same in any order of its decorators', async () => {
    const policies = app.nest.get(AccessPolicies);
    const { routeFirst, routeLast } = KindsController.prototype;
    expect(policies.of(routeFirst, KindsController)).toEqual(policies.of(routeLast, KindsController));
    expect(await statuses('/kinds/route-first')).toEqual(await statuses('/kinds/route-last'));
    expect(await statuses('/kinds/route-first')).toEqual([401, 403, 200]);
  });
});

describe('the application refuses to start', () => {
  const started: TestApp[] = [];
  afterEach(() => Promise.all(started.splice(0).map((app) => app.close())));

  /** Starts with these controllers; resolves when it does start, which is then closed. */
  const start = async (...controllers: Type[]) => {
    started.push(await startApp({ modules: [moduleOf(...controllers)] }));
  };

  it('with a route that declares nothing, naming it and the four choices', async () => {
    @Controller('forgotten')
    class ForgottenController {
      @Get()
      @Public()
      declared() {}

      @Get('list')
      list() {}

      @Post()
      create() {}
    }
    await expect(start(ForgottenController)).rejects.toMatchObject({
      lines: ['create', 'list'].map((handler) =>
        expect.stringMatching(
          new RegExp(
            `^ForgottenController\\.${handler} .*@Public\\(\\), @Authenticated\\(\\), @Roles\\(…\\) or @Scopes\\(…\\)`,
          ),
        ),
      ),
    });
  });

  it('when @Public() and a restriction stand on one handler, in either order', async () => {
    @Controller('contradiction')
    class ContradictionController {
      @Get('a')
      @Public()
      @Roles('admin')
      publicFirst() {}

      @Get('b')
      @Scopes('users:read')
      @Public()
      publicLast() {}

      @Get('c')
      @Authenticated()
      @Public()
      authenticated() {}
    }
    await expect(start(ContradictionController)).rejects.toMatchObject({
      lines: ['publicFirst', 'publicLast', 'authenticated'].map((handler) =>
        expect.stringContaining(`ContradictionController.${handler}`),
      ),
    });
  });

  it('when @Public() and a restriction stand on one class', async () => {
    @Controller('contradiction')
    @Public()
    @Roles('admin')
    class ContradictionController {
      @Get()
      list() {}
    }
    await expect(start(ContradictionController)).rejects.toThrow('ContradictionController.list');
  });

  it('when @StepUp() stands on what is public, or alone', async () => {
    @Controller('stale')
    @Public()
    class OpenedController {
      @Get()
      @StepUp({ maxAge: '5m' })
      byClass() {}
    }
    @Controller('stale')
    class StaleController {
      @Get('a')
      @Public()
      @StepUp({ maxAge: '5m' })
      byHandler() {}

      @Get('b')
      @StepUp({ maxAge: '5m' })
      alone() {}
    }
    await expect(start(OpenedController)).rejects.toThrow('OpenedController.byClass');
    await expect(start(StaleController)).rejects.toMatchObject({
      lines: [expect.stringContaining('byHandler'), expect.stringContaining('alone')],
    });
  });

  it.each(['', '0s', '5', 'soon'])('when @StepUp() has no real maxAge: %j', (maxAge) => {
    expect(() => StepUp({ maxAge })).toThrow(TypeError);
  });

  it('not when the class declares for all', async () => {
    @Controller('declared')
    @Authenticated()
    class DeclaredController {
      @Get()
      list() {}
    }
    await expect(start(DeclaredController)).resolves.toBeUndefined();
  });
});
