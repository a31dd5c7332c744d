/** Numbers of the check-in: docs/SPEC.md section 14. This file imports nothing. */

export const CHECK_IN_VERSION: number = 1;
/** Bytes of a check-in: it goes in one message of CoAP, or in two blocks. */
export const CHECK_IN_MAX: number = 1024;
/** Bytes of the orders that answer it. */
export const ORDERS_MAX: number = 256;

/** Keys of a check-in. */
export const VERSION: number = 0;
export const REPORT: number = 1;
export const BATTERY: number = 2;
export const PROFILE: number = 3;
export const ANCHORS: number = 4;
export const SLEEPS: number = 5;
export const STAGED: number = 6;

/** Keys of orders, beside VERSION. */
export const TIME: number = 1;
export const WAKE: number = 2;
export const PATH: number = 3;
export const DOWNLOAD: number = 4;
export const UPDATE: number = 5;
export const CANCEL: number = 6;
export const STATEMENT: number = 7;

export const REPORT_MOST: number = 512;
/** Percent. */
export const BATTERY_MAX: number = 100;
export const PROFILE_MAX: number = 32;
export const ANCHORS_MAX: number = 8;
export const KEY_ID_MAX: number = 32;
export const DIGEST_LENGTH: number = 32;
/** Seconds: a year. */
export const SLEEPS_MAX: number = 31536000;
/** Characters of a path, of A-Z a-z 0-9 . _ - and slashes; it does not begin with one. */
export const PATH_MAX: number = 96;

/** What may be done: hawkBit's words for it, as the contract of the gateway has them. */
export const Permission = { Skip: 0, Attempt: 1, Forced: 2 } as const;
