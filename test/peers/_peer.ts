/** What a file of this folder exports: one other program, and what is tried with it. */

/** Throws, or rejects with, what went wrong; what it gives is a remark on what was shown. */
export type Try = () => string | void | Promise<string | void>;

export interface Scenario {
  readonly name: string;
  readonly run: Try;
  /**
   * The second try, with nothing else of the peer beside it, of a scenario that waits for a process and a network. Those
   * have moments of their own: a program that is slow to start, a port that somebody took, a datagram that its system
   * drops, none of them ours to mend; and where one such moment fails the whole, nobody looks any more. It is told as
   * what it is, and failing twice fails. What reads and writes files has none: chance there is in what we drew, and a
   * failure is ours. Nor have our own tests.
   */
  readonly again?: Try;
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
  /** Why the first try failed, where there was a second. */
  readonly first?: string;
}

type Outcome = Pick<Row, 'result' | 'reason' | 'first'>;

const told = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const outcomeOf = async (run: Try): Promise<Outcome> => {
  try {
    return { result: 'passed', reason: (await run()) ?? '' };
  } catch (error) {
    return { result: 'failed', reason: told(error) };
  }
};

const tried = async ({ run, again }: Scenario): Promise<Outcome> => {
  const first = await outcomeOf(run);
  if (first.result === 'passed' || again === undefined) return first;
  return { ...(await outcomeOf(again)), first: first.reason };
};

/** A peer that is not there fails in each of its scenarios: none is passed over. */
export const runPeer = async (peer: Peer): Promise<Row[]> => {
  const rows: Row[] = [];
  let version = '';
  let missing: string | undefined;
  try {
    version = peer.version();
  } catch (error) {
    missing = `not installed (npm run test:peers installs it): ${told(error)}`;
  }
  for (const scenario of peer.scenarios) {
    const outcome: Outcome =
      missing === undefined ? await tried(scenario) : { result: 'failed', reason: missing };
    rows.push({ peer: peer.name, version, scenario: scenario.name, ...outcome });
  }
  return rows;
};

const indented = (text: string): string => text.replaceAll('\n', '\n        ');

/** As text: each row, and in the end how many there are, and which needed a second try. */
export const rowsText = (rows: readonly Row[]): string => {
  const lines = rows.map(({ peer, version, scenario, result, reason, first }) => {
    const head = `${result}  ${peer} ${version}: ${scenario}`;
    const before =
      first === undefined ? '' : `\n        ${result} AT THE SECOND TRY; the first: ${indented(first)}`;
    return `${head}${before}${reason === '' ? '' : `\n        ${indented(reason)}`}`;
  });
  const failed = rows.filter(({ result }) => result === 'failed');
  const second = rows.filter(({ result, first }) => result === 'passed' && first !== undefined);
  const counts = [
    `${rows.length - failed.length} passed`,
    ...(second.length === 0 ? [] : [`${second.length} OF THEM AT THE SECOND TRY`]),
    ...(failed.length === 0 ? [] : [`${failed.length} FAILED`]),
  ];
  const named = [...second, ...failed].map(({ peer, scenario, result, first, reason }) => {
    const why = result === 'failed' ? reason : first!;
    const how = result === 'failed' ? 'failed' : 'passed at the second try';
    return `  ${peer}: ${scenario}: ${how}: ${indented(why)}`;
  });
  return [...lines, '', counts.join(', '), ...named].join('\n');
};

export const check = (holds: boolean, message: string): void => {
  if (!holds) throw new Error(message);
};

export const same = (actual: unknown, wanted: unknown, what: string): void => {
  const [got, want] = [JSON.stringify(actual), JSON.stringify(wanted)];
  check(got === want, `${what}: ${got}, wanted ${want}`);
};
