/** What a device says of itself and does not prove: bounded, for anyone can say it. */
import type { Claims, Instant } from '../contract.ts';

const ANCHORS_MAX = 8;
const TEXT_MAX = 64;
/** Seconds. Who claims to sleep longer is expected after this. */
const SLEEP_MAX = 31 * 86400;

const text = (value: string | undefined): string | undefined => value?.slice(0, TEXT_MAX);

const whole = (value: number | undefined, most: number): number | undefined =>
  value !== undefined && value >= 0 ? Math.round(Math.min(value, most)) : undefined;

export const claimsTrim = (claims: Claims): Claims => ({
  battery: whole(claims.battery, 1e6),
  profile: text(claims.profile),
  anchors: claims.anchors?.slice(0, ANCHORS_MAX).map((anchor) => anchor.slice(0, TEXT_MAX)),
  sleeps: whole(claims.sleeps, SLEEP_MAX),
  staged: text(claims.staged),
  link: claims.link.slice(0, TEXT_MAX),
  authenticated: claims.authenticated,
});

/** 0: not known. */
export const nextWakeOf = ({ sleeps }: Claims, now: Instant): Instant =>
  sleeps === undefined ? 0 : now + sleeps * 1000;
