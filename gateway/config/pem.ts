import { readFileSync } from 'node:fs';
import { fileTrouble } from '../../publisher/files.ts';

/** Certificates, or a key. Throws PublishError. */
export const pemLoad = (file: string, field: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw fileTrouble(error, file, field, 'Give a readable PEM file');
  }
};
