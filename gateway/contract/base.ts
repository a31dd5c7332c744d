/** Words that all of them use. Types only. */

/** SHA-256, 64 digits of hex in lower case. */
export type Digest = string;

/** Milliseconds since 1970. */
export type Instant = number;
