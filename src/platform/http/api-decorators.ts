import type * as Swagger from '@nestjs/swagger';

/** What of `@nestjs/swagger` stands on classes, their methods and their fields. */
type Names =
  | 'ApiAcceptedResponse'
  | 'ApiBody'
  | 'ApiConsumes'
  | 'ApiCreatedResponse'
  | 'ApiExcludeController'
  | 'ApiExtraModels'
  | 'ApiNoContentResponse'
  | 'ApiOkResponse'
  | 'ApiOperation'
  | 'ApiParam'
  | 'ApiProperty'
  | 'ApiPropertyOptional'
  | 'ApiResponse'
  | 'ApiTags';
type Decorate = (...options: unknown[]) => (...target: unknown[]) => void;

/** What decorators have said, in their order, until `@nestjs/swagger` is there to hear it. */
let noted: ((swagger: Record<Names, Decorate>) => void)[] = [];

/**
 * `@nestjs/swagger`, once it knows all that its decorators below have said. It is loaded for the first OpenAPI document:
 * its 500 files cost a start more than all of ours do.
 */
export async function loadSwagger(): Promise<typeof Swagger> {
  const swagger = await import('@nestjs/swagger');
  const said = noted;
  noted = [];
  for (const say of said) say(swagger as never);
  return swagger;
}

/** The decorator of `@nestjs/swagger`, to be applied by {@link loadSwagger}. */
function later<Name extends Names>(name: Name): (typeof Swagger)[Name] {
  const decorate: Decorate =
    (...options) =>
    (...target) => {
      noted.push((swagger) => swagger[name](...options)(...target));
    };
  return decorate as never;
}

export const ApiAcceptedResponse = later('ApiAcceptedResponse');
export const ApiBody = later('ApiBody');
export const ApiConsumes = later('ApiConsumes');
export const ApiCreatedResponse = later('ApiCreatedResponse');
export const ApiExcludeController = later('ApiExcludeController');
export const ApiExtraModels = later('ApiExtraModels');
export const ApiNoContentResponse = later('ApiNoContentResponse');
export const ApiOkResponse = later('ApiOkResponse');
export const ApiOperation = later('ApiOperation');
export const ApiParam = later('ApiParam');
export const ApiProperty = later('ApiProperty');
export const ApiPropertyOptional = later('ApiPropertyOptional');
export const ApiResponse = later('ApiResponse');
export const ApiTags = later('ApiTags');

/** Where the document describes a class. */
export const getSchemaPath = ({ name }: { name: string }) => `#/components/schemas/${name}`;
