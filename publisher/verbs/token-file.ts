/** Tokens that stand in a field of HTTP: read from the first line of a file, or made. */
import { randomBytes } from 'node:crypto';
import { PublishError } from '../errors.ts';
import { readText } from '../files.ts';

/** What may stand in a field of HTTP, and no blank. */
const TOKEN = /^[!-~]{1,512}$/;
const MADE_BYTES = 32;

export const tokenMake = (): string => randomBytes(MADE_BYTES).toString('base64url');

/** `least`: characters. Throws PublishError. */
export const tokenRead = (file: string, least = 1, field = '--token-file'): string => {
  const [token = ''] = readText(file, field).split(/\r?\n/);
  if (TOKEN.test(token) && token.length >= least) return token;
  const remedy = `Write the token alone into its first line: ${least} to 512 characters without blanks`;
  throw new PublishError('is no token', { file, field, remedy });
};
