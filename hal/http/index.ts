export * from './answer.ts';
export * from './content-range.ts';
export * from './date.ts';
export * from './latest.ts';
export * from './origin.ts';
export * from './rate.ts';
export * from './retry.ts';
export * from './uri.ts';
