/** What the laws of a rollout are held against. */
import type { Reporting, Told } from './_devices.ts';

/** What a device is really up to. */
export interface Truth {
  readonly device: Reporting;
  runs: string;
  sequence: number;
  /** What it was told to install, until it has, or has given it up. */
  told: string | undefined;
  onTrial: boolean;
  staged: boolean;
  last: Told | undefined;
  sent: Uint8Array[];
}

/** What the laws are held against, counted by hand. */
export interface Ledger {
  /** `group/title`: devices that failed since a person resumed. */
  readonly failed: Map<string, Set<string>>;
  readonly stopped: Set<string>;
}
