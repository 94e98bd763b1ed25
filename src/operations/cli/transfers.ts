import type { INestApplicationContext } from '@nestjs/common';
import { OPERATOR } from '../access/actor.js';
import { ResourcesTransferService } from '../transfer/resources-transfer.service.js';
import { UsersTransferService, type FormatName } from '../transfer/users-transfer.service.js';
import { exportFile } from './export-file.js';
import { readHashConfig } from './hash-config.js';
import { importFile } from './import-file.js';
import type { Outcome } from './outcome.js';
import type { CommandContext } from './command-context.js';

export interface ImportOptions {
  update?: true;
  format: FormatName;
  hashConfig?: string;
}

/** The operator may give and change what they like; the audit trail says that it was them. */
export async function usersImport(
  app: INestApplicationContext,
  file: string,
  { update, format, hashConfig }: ImportOptions,
  context: CommandContext,
): Promise<Outcome> {
  const hashing = hashConfig === undefined ? undefined : await readHashConfig(hashConfig);
  const transfer = app.get(UsersTransferService);
  const options = { isUpdating: update === true, format, hashing };
  return importFile(file, context, (source) => transfer.import(source, options, OPERATOR));
}

export async function usersExport(
  app: INestApplicationContext,
  file: string,
  { secrets }: { secrets?: true },
  context: CommandContext,
): Promise<Outcome | void> {
  const transfer = app.get(UsersTransferService);
  return exportFile(file, context, transfer.export(secrets === true, OPERATOR), await transfer.count());
}

export async function resourcesImport(
  app: INestApplicationContext,
  file: string,
  { update }: { update?: true },
  context: CommandContext,
): Promise<Outcome> {
  const transfer = app.get(ResourcesTransferService);
  return importFile(file, context, (source) => transfer.import(source, update === true, OPERATOR));
}

export async function resourcesExport(
  app: INestApplicationContext,
  file: string,
  context: CommandContext,
): Promise<Outcome | void> {
  const transfer = app.get(ResourcesTransferService);
  return exportFile(file, context, transfer.export(OPERATOR), await transfer.count());
}
