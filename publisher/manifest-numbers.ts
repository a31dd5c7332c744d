/** The numbers of a manifest, docs/SPEC.md section 1.1. */
export const DigestAlgorithm = -16;

export const Key = { Version: 1, Sequence: 2, Common: 3, Validate: 7, Install: 20, Text: 23 } as const;
export const CommonKey = { Components: 2, Shared: 4 } as const;

export const Command = {
  Vendor: 1,
  Class: 2,
  ImageMatch: 3,
  UseBefore: 4,
  ComponentSlot: 5,
  TryEach: 15,
  Override: 20,
  Fetch: 21,
  Device: 24,
  /** Private: the running image is the one of the parameter. */
  Base: -263,
} as const;

export const Parameter = {
  Vendor: 1,
  Class: 2,
  ImageDigest: 3,
  Expiry: 4,
  ComponentSlot: 5,
  ImageSize: 14,
  EncryptionInfo: 19,
  Uri: 21,
  Device: 24,
  Priority: 27,
  Format: -257,
  Root: -258,
  PayloadSize: -259,
  SecurityVersion: -260,
  MinimumSecurityVersion: -261,
  Window: -262,
  Base: -263,
  FirstPiece: -264,
  EncryptionPiece: -265,
} as const;

export const PayloadFormat = { Framed: 1, Patch: 2 } as const;

/** What is reported: all of conditions, only failures of a fetch, only success of what chooses (draft-37 section 8.4.7). */
export const Report = { All: 15, Failure: 2, Choice: 5 } as const;
