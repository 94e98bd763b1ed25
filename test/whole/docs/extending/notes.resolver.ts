import { Module } from '@nestjs/common';
import { Args, Field, GraphQLModule, ID, Mutation, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import {
  CurrentActor,
  CurrentPrincipal,
  Public,
  Scopes,
} from '../../../../src/platform/access/access.decorators.js';
import type { Actor } from '../../../../src/platform/access/actor.js';
import type { Principal } from '../../../../src/platform/access/principal.js';

@ObjectType()
export class Note {
  @Field(() => ID)
  id: string;

  @Field(() => String)
  owner: string;
}

@Resolver(() => Note)
@Scopes('notes:read')
export class NotesResolver {
  @Query(() => [Note])
  notes(@CurrentPrincipal() principal: Principal): Note[] {
    return [{ id: '1', owner: principal.id }];
  }

  @Query(() => String)
  @Public()
  about(): string {
    return 'notes';
  }

  @Mutation(() => Note)
  @Scopes('notes:write')
  removeNote(@Args('id', { type: () => ID }) id: string, @CurrentActor() actor: Actor): Note {
    return { id, owner: actor.principal!.id };
  }
}

@Module({
  imports: [
    GraphQLModule.forRoot<MercuriusDriverConfig>({
      driver: MercuriusDriver,
      path: '/graphql',
      autoSchemaFile: true,
      queryDepth: 5,
      fieldResolverEnhancers: ['guards'],
    }),
  ],
  providers: [NotesResolver],
})
export class GraphqlNotesModule {}
