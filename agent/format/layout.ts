/**
 * Where the fields of the binary formats lie, and how long they are. This file imports nothing: see labels.ts.
 */

// The block index: index.ts, docs/SPEC.md section 2.

/** Bytes of image in a block. */
export const BLOCK = 4096;
export const DIGEST_LENGTH = 32;
/** Entries keep this much of a block's digest. */
export const SHORT_DIGEST = 16;
export const ENTRY_LENGTH: number = SHORT_DIGEST + 2;
export const PAGE_ENTRIES = 227;
export const PAGE_LENGTH: number = PAGE_ENTRIES * ENTRY_LENGTH;
export const HEADER_LENGTH = 32;
/** How far a frame may reach back, in bytes. By default as far as a block is long. */
export const WINDOW_MIN = 1024;
export const WINDOW_MAX = 32768;
export const DEFAULT_WINDOW = 4096;

/** Header flag: made on the device from an image that came without index. */
export const MADE_HERE = 1;
export const HEADER_MAGIC = 0x31495846; // "FXI1"
export const HEADER_MAGIC_AT = 0;
export const HEADER_IMAGE_AT: number = HEADER_MAGIC_AT + 4;
export const HEADER_BLOCKS_AT: number = HEADER_IMAGE_AT + 4;
export const HEADER_PAGES_AT: number = HEADER_BLOCKS_AT + 4;
export const HEADER_FLAGS_AT: number = HEADER_PAGES_AT + 2;
export const HEADER_ZERO_AT: number = HEADER_FLAGS_AT + 2;
export const FRAME_LENGTH_MASK = 0x1fff;
export const ENCODING_SHIFT = 13;

// The tail of a slot: tail.ts, docs/SPEC.md section 3.

export const FOOTER_LENGTH = 32;
export const FOOTER_MAGIC = 0x31545846; // "FXT1"
export const FOOTER_MAGIC_AT = 0;
export const FOOTER_ENVELOPE_AT: number = FOOTER_MAGIC_AT + 4;
export const FOOTER_INDEX_AT: number = FOOTER_ENVELOPE_AT + 4;
export const FOOTER_IMAGE_AT: number = FOOTER_INDEX_AT + 4;
export const FOOTER_ZERO_AT: number = FOOTER_IMAGE_AT + 4;
export const FOOTER_CRC_AT: number = FOOTER_LENGTH - 4;

// A record of the boot journal: record.ts, docs/SPEC.md section 4.

export const TYPE_AT = 0;
export const ZERO_AT: number = TYPE_AT + 1;
export const LENGTH_AT: number = ZERO_AT + 1;
export const SEQUENCE_AT: number = LENGTH_AT + 2;
export const PAYLOAD_AT: number = SEQUENCE_AT + 4;
export const CRC_LENGTH = 4;
export const PAYLOAD_MAX = 480;
/** A record without payload: what must be readable before anything is known of it. */
export const RECORD_MIN: number = PAYLOAD_AT + CRC_LENGTH;
export const RECORD_MAX: number = PAYLOAD_AT + PAYLOAD_MAX + CRC_LENGTH;

// The boot state: state.ts.

export const STATE_VERSION = 2;
export const VERSION_LENGTH = 2;
/** Manifests refused for having been reverted: this many are kept one by one. */
export const REFUSED = 4;
/** A refused manifest is kept as the first half of its digest. */
export const REFUSED_DIGEST = 16;
export const CHECK_NAME = 16;
export const MANIFEST_DIGEST = 32;

// Its bytes, which follow its numbers: `State.bytes`.

/** Of the manifest last confirmed. */
export const ACCEPTED_DIGEST_AT = 0;
export const TRIAL_DIGEST_AT: number = ACCEPTED_DIGEST_AT + MANIFEST_DIGEST;
export const EVENT_DIGEST_AT: number = TRIAL_DIGEST_AT + MANIFEST_DIGEST;
export const BACKOFF_DIGEST_AT: number = EVENT_DIGEST_AT + MANIFEST_DIGEST;
/** REFUSED of them. */
export const REFUSED_AT: number = BACKOFF_DIGEST_AT + REFUSED_DIGEST;
/** UTF-8, zero padded: the health check that decided the event. */
export const CHECK_NAME_AT: number = REFUSED_AT + REFUSED * REFUSED_DIGEST;
export const STATE_BYTES_LENGTH: number = CHECK_NAME_AT + CHECK_NAME;
