/** How a statement is to be fresh, and who signs it. */
import type { Command } from 'commander';
import { Exit, PublishError } from '../errors.ts';
import { keyLoad } from '../keys.ts';
import type { SigningKey } from '../keys.ts';
import type { StatementOccasion } from '../statement.ts';
import { flag, optionalText, optionalTime, text } from './values.ts';
import type { Options } from './values.ts';

export const nonceOf = (options: Options): Uint8Array | undefined => {
  const value = optionalText(options, 'nonce');
  if (value === undefined) return undefined;
  if (/^([0-9a-f]{2})+$/i.test(value)) return Uint8Array.from(Buffer.from(value, 'hex'));
  const remedy = 'Give what the device asked with, in hex';
  throw new PublishError(`${value} is not hex`, { field: '--nonce', remedy, exit: Exit.Usage });
};

/** `before` stands in front of each description. */
export const occasionDefine = (command: Command, before: string): void => {
  command
    .option('--key <file>', `${before}private key of an anchor of the devices`)
    .option('--expires <date>', `${before}until when it holds: a date, or seconds since 1970`)
    .option('--issued <date>', `${before}when it is made (default: now)`)
    .option('--allow-test-keys', `${before}takes a published test key`);
};

export const occasionOf = (options: Options): StatementOccasion => ({
  issued: optionalTime(options, 'issued') ?? Math.floor(Date.now() / 1000),
  expires: optionalTime(options, 'expires'),
  nonce: nonceOf(options),
});

export const statementKey = (options: Options): { key: SigningKey; allowTestKeys: boolean } => ({
  key: keyLoad(text(options, 'key', 'Give the private key that signs the statement')),
  allowTestKeys: flag(options, 'allow-test-keys'),
});
