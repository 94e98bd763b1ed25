import { Controller, Get, Query } from '@nestjs/common';
import { Scopes } from '../../platform/access/access.decorators.js';
import { ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { ValidationFailed } from '../../platform/http/http.errors.js';
import { Cursors } from '../../platform/http/pagination.js';
import { UserSearchService } from './user-search.service.js';
import { FoundUserResponse, UsersQuery } from './users.dto.js';

const ORDER_OF_SEARCH = { field: 'order', message: 'order cannot be combined with search' };

@ApiTags('Users')
@Controller('v1/users')
export class UserSearchController {
  constructor(
    private readonly search: UserSearchService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('users:read')
  @ApiOperation({
    summary: 'List the users, or find some by address, name or id',
    description: 'A page may have fewer than `limit` and yet a `nextCursor`: the search goes on there.',
  })
  @PageOf(FoundUserResponse)
  async list(@Query() query: UsersQuery) {
    const { limit: _limit, cursor: _cursor, ...asked } = query;
    if (query.search && query.order) throw new ValidationFailed([ORDER_OF_SEARCH]);
    const list = `users:${JSON.stringify(Object.entries(asked).toSorted())}`;
    const { users, next } = await this.search.find(query, this.cursors.after(list, query));
    return this.cursors.pageUpTo(list, users, next, FoundUserResponse.of);
  }
}
