import { Controller, Get } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
  getSchemaPath,
  loadSwagger,
} from './api-decorators.js';

const FIELDS = 'swagger/apiModelPropertiesArray';
const FIELD = 'swagger/apiModelProperties';

describe('what decorators say of the API', () => {
  it('is heard once @nestjs/swagger is loaded, in its order', async () => {
    class Thing {
      @ApiProperty({ type: String, example: 'a lamp' })
      name: string;

      @ApiPropertyOptional({ type: Number })
      weight?: number;
    }
    expect(Reflect.getMetadata(FIELDS, Thing.prototype)).toBeUndefined();

    await loadSwagger();
    expect(Reflect.getMetadata(FIELDS, Thing.prototype)).toEqual([':name', ':weight']);
    expect(Reflect.getMetadata(FIELD, Thing.prototype, 'name')).toMatchObject({ example: 'a lamp' });
    expect(Reflect.getMetadata(FIELD, Thing.prototype, 'weight')).toMatchObject({ required: false });
  });

  it('is heard once, and later ones after it', async () => {
    class Base {
      @ApiProperty({ type: String })
      id: string;
    }
    await loadSwagger();
    class Derived extends Base {
      @ApiProperty({ type: String })
      name: string;
    }
    await Promise.all([loadSwagger(), loadSwagger()]);
    expect(Reflect.getMetadata(FIELDS, Derived.prototype)).toEqual([':id', ':name']);
    expect(Reflect.getMetadata(FIELDS, Base.prototype)).toEqual([':id']);
  });

  it('stands on methods and classes as well', async () => {
    class Thing {}

    @ApiTags('Things')
    @Controller('things')
    class ThingsController {
      @Get()
      @ApiOperation({ summary: 'List things' })
      @ApiOkResponse({ type: Thing })
      list() {}
    }
    await loadSwagger();
    const list = Object.getOwnPropertyDescriptor(ThingsController.prototype, 'list')!.value as object;
    expect(Reflect.getMetadata('swagger/apiUseTags', ThingsController)).toEqual(['Things']);
    expect(Reflect.getMetadata('swagger/apiOperation', list)).toMatchObject({ summary: 'List things' });
    expect(Reflect.getMetadata('swagger/apiResponse', list)).toMatchObject({ 200: { type: Thing } });
  });

  it('names the place of a schema as @nestjs/swagger does', async () => {
    class Thing {}
    const swagger = await loadSwagger();
    expect(getSchemaPath(Thing)).toBe('#/components/schemas/Thing');
    expect(getSchemaPath(Thing)).toBe(swagger.getSchemaPath(Thing));
  });
});
