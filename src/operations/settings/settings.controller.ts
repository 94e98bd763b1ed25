import { Controller, Get } from '@nestjs/common';
import { Scopes } from '../../platform/access/access.decorators.js';
import { originOf } from '../../platform/config/setting-origins.js';
import { durationInWords } from '../../platform/config/setting-rules.js';
import { Settings } from '../../platform/config/settings.js';
import { ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { SettingResponse } from './settings.dto.js';
import { settingNames, allowedValues, SECRETS } from '../../platform/config/load-settings.js';

@ApiTags('Administration')
@Controller('v1/settings')
export class SettingsController {
  private readonly items: SettingResponse[];

  constructor(settings: Settings) {
    const allowed = allowedValues();
    const values = settings as unknown as Record<string, SettingResponse['value']>;
    this.items = settingNames().map((name) => show(settings, name, values[name] ?? null, allowed[name]!));
  }

  @Get()
  @Scopes('settings:read')
  @ApiOperation({ summary: 'List the settings as they are in effect, without secrets' })
  @PageOf(SettingResponse)
  list() {
    return { items: this.items, nextCursor: null };
  }
}

function show(
  settings: Settings,
  name: string,
  value: SettingResponse['value'],
  allowed: string,
): SettingResponse {
  const { source, file } = originOf(settings, name);
  const isSecret = SECRETS.has(name);
  const isDuration = typeof value === 'number' && allowed.startsWith('a duration');
  const shown = isDuration ? durationInWords(value) : value;
  return {
    name,
    value: isSecret ? null : shown,
    isSecret,
    isSet: source !== 'default',
    source,
    file,
    allowed,
  };
}
