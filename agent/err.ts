/**
 * Every error code, each a constant of its own so that a bundler can put the number in its place. Import it whole:
 * `import * as Err from './err.ts'`. Append-only: fleets read these out of reports years later.
 */

// Flash and journal: -1..
/** The port threw. */
export const FlashFailed = -1;
/** Outside the partition. */
export const FlashBounds = -2;
/** Not on a program unit or erase sector. */
export const FlashAlign = -3;
/** What was programmed does not read back. */
export const FlashReadBack = -4;
/** No erase sector of the journal takes a record. */
export const JournalFailed = -5;
/** A port other than flash threw. */
export const PortFailed = -6;

// Calls: -10..
/** Not at this moment. */
export const BadState = -10;
/** A range or value outside its bounds. */
export const BadArgument = -11;
/** This session failed before; offer again. */
export const SessionFailed = -12;
export const Cancelled = -13;

// Envelope: -20.. (SUIT draft-37 section 8, RFC 9052)
/** Over the cap of 4 KiB. */
export const EnvelopeTooLong = -20;
/** Not well-formed, or not the shortest definite form. */
export const Cbor = -21;
/** Well-formed, but not a SUIT envelope. */
export const Envelope = -22;
export const NoSignature = -23;
/** Malformed COSE_Sign1: header not just alg (and kid), payload not nil, wrong length. */
export const Signature = -24;
/** Of a signature or a digest. */
export const AlgorithmUnknown = -25;
/** The signed digest is not the manifest's. */
export const ManifestDigest = -26;
/** A signature does not hold. */
export const SignatureWrong = -27;
/** Fewer distinct anchors than the threshold. */
export const TooFewSignatures = -28;
/** Signed by an anchor that may not speak for this vendor and class. */
export const AnchorScope = -29;
/** The envelope has not come whole. */
export const EnvelopeTooShort = -30;

// Manifest: -40.. (SUIT draft-37 section 8.4)
/** Well-formed CBOR, but not a manifest. */
export const Manifest = -40;
export const ManifestVersion = -41;
/** An element this profile does not take. */
export const ManifestKey = -42;
/** A command this profile does not take. */
export const Command = -43;
/** A parameter this profile does not take, or out of its range. */
export const Parameter = -44;
/** Not the component of this board, or more than one. */
export const Component = -45;
/** Vendor and class are not both checked before the install. */
export const CheckMissing = -46;
/** No fetch, no image digest, size or URI. */
export const NothingToInstall = -47;
/** A condition failed that has no code of its own. */
export const Condition = -48;
/** A number over 2^53-1. */
export const SequenceRange = -49;
/** A severed element is missing or not the one signed. */
export const Severed = -50;
/** A payload format this agent does not have. */
export const Format = -51;

// Policy: -60..
export const WrongVendor = -60;
export const WrongClass = -61;
export const WrongDevice = -62;
/** Not above the accepted sequence. */
export const SequenceOld = -63;
/** Further above it than the board allows. */
export const SequenceJump = -64;
/** Security version below the floor. */
export const BelowFloor = -65;
/** Larger than the slot has room for. */
export const ImageTooLarge = -66;
export const Expired = -67;
export const EnergyLow = -68;
/** The application said: later. */
export const Deferred = -69;
/** The application said: no. */
export const Refused = -70;
/** The owner has not consented to this manifest. */
export const ConsentMissing = -71;
/** A trial is running or about to: the other slot is the way back. */
export const InTrial = -72;
/** This manifest was reverted for a failed check, a crash or a hang. */
export const Reverted = -73;
/** This manifest was reverted for want of network not long ago. */
export const BackingOff = -74;
/** The board takes framed payloads only. */
export const PlainImage = -75;
/** This manifest is the one that runs. */
export const AlreadyRunning = -76;
/** Frames reach further back than the board keeps. */
export const WindowTooLarge = -77;

// Payload: -80..
export const IndexMalformed = -80;
/** A page of the block index is not the one the manifest binds. */
export const IndexDigest = -81;
/** A frame does not decode. */
export const FrameMalformed = -82;
/** A frame decodes to more or less than its block. */
export const FrameLength = -83;
export const BlockDigest = -84;
/** The image in flash is not the one signed. */
export const ImageDigest = -85;
/** Bytes after the last. */
export const PayloadTooLong = -86;
export const PayloadTooShort = -87;
/** Patch data that cannot be: a number out of its range, a copy from outside. */
export const PatchMalformed = -88;
/** A piece of a patch is not the one that was bound. */
export const PieceDigest = -89;
/** The running image is not the one that the patch was made for. */
export const WrongBase = -90;
/** What is said of the encryption cannot be, or is of a kind that the agent does not know. */
export const EncryptionMalformed = -91;
/** The payload is encrypted, and the board has no decryption. */
export const EncryptionUnsupported = -92;
/** The content key is wrapped for none of the device's keys. */
export const NoRecipient = -93;
/** The content key does not unwrap: another key of the same name, or an altered recipient. */
export const KeyUnwrap = -94;
/** A piece of an encrypted payload is not the one that belongs there. */
export const PieceTag = -95;

// Slot: -100..
/** No complete tail at the end of the slot. */
export const TailMissing = -100;
export const TailMalformed = -101;
export const NothingBootable = -102;
/** The contents of the two slots could not be exchanged. */
export const ExchangeFailed = -103;
/** The board's own bootloader would not boot the image in that slot. */
export const ImageRefused = -104;
/** The flash has no partition table with a place for boot state and two slots. */
export const PartitionTable = -105;

// Trial: -110..
export const NotInTrial = -110;
/** Required checks have not all passed. */
export const ChecksOpen = -111;
/** A required check failed or missed its deadline. */
export const CheckFailed = -112;
/** The trial was not confirmed in time. */
export const WindowOver = -113;
/** Crash, hang or unknown reset, too often. */
export const AttemptsSpent = -114;
/** Too many boots in one trial without a confirm. */
export const BootsSpent = -115;
/** All passed but the check that reaches the update server. */
export const NoNetwork = -116;
/** The application rejected it. */
export const Rejected = -117;
export const ManualRevert = -118;
/** The boot state was blank or lost, and decided anew. */
export const JournalLost = -120;
/** The image in the other slot was never confirmed: there is no way back to it. */
export const Unconfirmed = -121;

// Images of MCUboot, as hal/mcuboot judges them: -140..
/** No image header where an image is to begin. */
export const ImageMissing = -140;
/** A length in the header or the TLVs is outside the slot, or they contradict each other. */
export const ImageMalformed = -141;
/** Encrypted, compressed, to be loaded to RAM, or marked as not bootable. */
export const ImageKind = -142;
/** There is no security counter, and the board asks for one. */
export const CounterMissing = -143;

// CoAP, as hal/coap speaks it: -150..
/** A datagram is not a well-formed message (RFC 7252 section 3). */
export const CoapMalformed = -150;
/** No answer, after the last retransmission or in the time that one may take. */
export const CoapTimeout = -151;
/** The peer answered with a reset: it knows nothing of this exchange, or will not have it. */
export const CoapReset = -152;
/** The server answered with a code of class 4 or 5. */
export const CoapRefused = -153;
/** A block that was not asked for, of a wrong length, or of another size than the resource has elsewhere. */
export const CoapBlock = -154;
/** What the server serves under that name changed between two blocks. */
export const CoapChanged = -155;
/** Does not fit the buffer that was made for it. */
export const CoapTooLong = -156;
/** Every exchange that the endpoint can hold is under way. */
export const CoapBusy = -157;
/** A critical option that is not understood (RFC 7252 section 5.4.1). */
export const CoapOption = -158;
/** Not a URI that this driver can or may follow: its scheme, its form, or its host. */
export const CoapUri = -159;

// Protection of messages and of the link (RFC 8613, RFC 6347): -160..
/** What protects the message cannot be: of the option, or of what was inside. */
export const ProtectionMalformed = -160;
/** There is no such security context. */
export const ProtectionContext = -161;
/** A message came a second time, or it is not known whether it did. */
export const ProtectionReplay = -162;
/** It was altered, or protected with other keys. */
export const ProtectionTag = -163;
/** It is not protected, where it must be. */
export const ProtectionMissing = -164;
/** No sender sequence number is left, or the next ones cannot be made to last. */
export const SequenceSpent = -165;
/** The secure channel to the peer could not be opened, or broke. */
export const ChannelFailed = -166;

// Identity, reports and statements: -180..
/** The identity has no key of this id for what is asked. */
export const KeyMissing = -180;
/** The identity did not sign, authenticate, agree or derive. */
export const IdentityFailed = -181;
/** The ledger of report numbers and statements does not take what has to be kept. */
export const LedgerFailed = -182;
/** Not a statement of the latest sequence. */
export const Statement = -183;
/** By a trusted clock, the time for which a statement was made is over. */
export const StatementExpired = -184;
/** A statement answers another nonce than the one that was asked. */
export const StatementNonce = -185;
/** A statement is older than one that was seen before. */
export const StatementOld = -186;
/** A statement names a release that the source does not offer. */
export const SourceWithholds = -187;
/** Without a trusted clock and a nonce it cannot be told whether a statement is still the latest. */
export const StatementNotJudged = -188;

// Sources of an update, as the drivers in hal/ judge them: -190..
/** A URI that cannot be, or that has userinfo or a fragment. */
export const UriMalformed = -190;
/** A scheme that the driver does not speak, or an open link where the configured one is protected. */
export const SchemeRefused = -191;
/** A host or port that the configuration does not allow. */
export const OriginRefused = -192;
/** Not reached, or silent, or broken off, in each of the attempts. */
export const SourceLost = -193;
/** Fewer bytes in a given time than the least that is taken. */
export const SourceSlow = -194;
/** Asks for a longer wait than the driver's. */
export const SourceBusy = -195;
/** Says that it does not have it, or does not give it. */
export const SourceRefused = -196;
/** Says what cannot be: another range than asked for, lengths that differ, redirects without an end. */
export const SourceMalformed = -197;
/** What it serves was replaced in the middle of the transfer. */
export const SourceChanged = -198;
/** Its certificate is not one that is trusted. */
export const SourceUntrusted = -199;
