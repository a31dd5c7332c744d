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
/** Bytes of a sequence. */
export const SEQUENCE_LENGTH = 8;

// Its numbers of one byte.

/** The slot that runs when there is no trial. */
export const CONFIRMED_AT: number = VERSION_LENGTH;
/** The slot on trial, from activate to confirm or revert. */
export const TRIAL_AT: number = CONFIRMED_AT + 1;
/** Attempts burned, the running one included. */
export const ATTEMPTS_AT: number = TRIAL_AT + 1;
/** Boots of this trial, wakes from deep sleep apart. */
export const BOOTS_AT: number = ATTEMPTS_AT + 1;
/** Boots of this trial at which time could not be told. */
export const WINDOW_BOOTS_AT: number = BOOTS_AT + 1;
/** Reverts of one manifest in a row for want of network. */
export const BACKOFFS_AT: number = WINDOW_BOOTS_AT + 1;
/** The slot with the range last named before it was touched. */
export const NAME_SLOT_AT: number = BACKOFFS_AT + 1;
/** agent/codes.ts `Event`. */
export const EVENT_AT: number = NAME_SLOT_AT + 1;
/** The application's own reason, or 0. */
export const EVENT_DETAIL_AT: number = EVENT_AT + 1;
/** Reset cause at the event. */
export const EVENT_CAUSE_AT: number = EVENT_DETAIL_AT + 1;
export const EVENT_SLOT_AT: number = EVENT_CAUSE_AT + 1;
export const EVENT_ATTEMPTS_AT: number = EVENT_SLOT_AT + 1;
export const EVENT_BOOTS_AT: number = EVENT_ATTEMPTS_AT + 1;
/** The code at the event, negated. */
export const EVENT_CODE_AT: number = EVENT_BOOTS_AT + 1;
/** The exchange under way in swap mode: state.ts `Exchange`. */
export const EXCHANGE_AT: number = EVENT_CODE_AT + 1;
/** Swap mode: 1 where the content of slot 1 lies from its first byte on, 0 where it lies one unit further. */
export const SECOND_LOW_AT: number = EXCHANGE_AT + 1;

// Of four: `stateGet`, `stateSet`.

export const NAME_OFFSET_AT: number = SECOND_LOW_AT + 1;
export const NAME_LENGTH_AT: number = NAME_OFFSET_AT + 4;
/** Seconds since 1970 at the first boot of the trial at which time could be told, or 0. */
export const TRIAL_SINCE_AT: number = NAME_LENGTH_AT + 4;
export const FLOOR_AT: number = TRIAL_SINCE_AT + 4;
/** What the floor becomes at confirm. */
export const TRIAL_FLOOR_AT: number = FLOOR_AT + 4;
export const BACKOFF_SINCE_AT: number = TRIAL_FLOOR_AT + 4;
/** Exchange: the bytes of slot 0 that are kept lie before `keepEnd` and from `keepTail` on. */
export const KEEP_END_AT: number = BACKOFF_SINCE_AT + 4;
export const KEEP_TAIL_AT: number = KEEP_END_AT + 4;
/** Exchange: the same of those that slot 0 gets. */
export const TAKE_END_AT: number = KEEP_TAIL_AT + 4;
export const TAKE_TAIL_AT: number = TAKE_END_AT + 4;

// Of eight, at most 2^53-1.

/** The highest sequence ever confirmed. */
export const ACCEPTED_AT: number = TAKE_TAIL_AT + 4;
export const TRIAL_SEQUENCE_AT: number = ACCEPTED_AT + 8;
export const EVENT_FROM_AT: number = TRIAL_SEQUENCE_AT + 8;
export const EVENT_TO_AT: number = EVENT_FROM_AT + 8;
/** Reverted manifests up to this sequence are refused even where their digest is no longer kept. */
export const REFUSED_UP_TO_AT: number = EVENT_TO_AT + 8;
/** REFUSED of them, each of a reverted manifest, or 0. */
export const REFUSED_SEQUENCE_AT: number = REFUSED_UP_TO_AT + SEQUENCE_LENGTH;

// And its bytes.

/** Of the manifest last confirmed. */
export const ACCEPTED_DIGEST_AT: number = REFUSED_SEQUENCE_AT + REFUSED * SEQUENCE_LENGTH;
export const TRIAL_DIGEST_AT: number = ACCEPTED_DIGEST_AT + MANIFEST_DIGEST;
export const EVENT_DIGEST_AT: number = TRIAL_DIGEST_AT + MANIFEST_DIGEST;
export const BACKOFF_DIGEST_AT: number = EVENT_DIGEST_AT + MANIFEST_DIGEST;
/** REFUSED of them. */
export const REFUSED_AT: number = BACKOFF_DIGEST_AT + REFUSED_DIGEST;
/** UTF-8, zero padded: the health check that decided the event. */
export const CHECK_NAME_AT: number = REFUSED_AT + REFUSED * REFUSED_DIGEST;
export const STATE_LENGTH: number = CHECK_NAME_AT + CHECK_NAME;
