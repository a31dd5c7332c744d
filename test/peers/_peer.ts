/** What a file of this folder exports: one other program, and what is tried with it. */

/** Throws what went wrong; what it returns is a remark on what was shown. */
export interface Scenario {
  readonly name: string;
  readonly run: () => string | void;
}

export interface Peer {
  readonly name: string;
  /** Asks the peer itself, so that a row never names what was not there. Throws when it is not installed. */
  readonly version: () => string;
  readonly scenarios: readonly Scenario[];
}

export interface Row {
  readonly peer: string;
  readonly version: string;
  readonly scenario: string;
  readonly result: 'passed' | 'failed';
  readonly reason: string;
}

const told = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const runOne = (peer: string, version: string, { name, run }: Scenario): Row => {
  try {
    return { peer, version, scenario: name, result: 'passed', reason: run() ?? '' };
  } catch (error) {
    return { peer, version, scenario: name, result: 'failed', reason: told(error) };
  }
};

/** A peer that is not there fails in each of its scenarios: none is passed over. */
export const runPeer = (peer: Peer): Row[] => {
  let version: string;
  try {
    version = peer.version();
  } catch (error) {
    const reason = `not installed (npm run test:peers installs it): ${told(error)}`;
    return peer.scenarios.map(({ name }) => ({
      peer: peer.name,
      version: '',
      scenario: name,
      result: 'failed',
      reason,
    }));
  }
  return peer.scenarios.map((scenario) => runOne(peer.name, version, scenario));
};

export const check = (holds: boolean, message: string): void => {
  if (!holds) throw new Error(message);
};

export const same = (actual: unknown, wanted: unknown, what: string): void => {
  const [got, want] = [JSON.stringify(actual), JSON.stringify(wanted)];
  check(got === want, `${what}: ${got}, wanted ${want}`);
};
