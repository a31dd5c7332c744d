/**
 * The state machine of object 5, Firmware Update (LwM2M 1.1 core E.6.2), as a table. What happens to the agent is not
 * here: machine and agent meet in firmware/object.ts.
 */

export const State = { Idle: 0, Downloading: 1, Downloaded: 2, Updating: 3 } as const;

/** Update Result, resource 5. */
export const Result = {
  Initial: 0,
  Success: 1,
  NoFlash: 2,
  OutOfMemory: 3,
  ConnectionLost: 4,
  Integrity: 5,
  PackageType: 6,
  InvalidUri: 7,
  Failed: 8,
  Protocol: 9,
  Cancelled: 10,
  Deferred: 11,
} as const;

export const Happening = {
  Begin: 0, // the first block of a package, or a URI
  Reset: 1, // an empty package or URI
  Fail: 2, // the download ended with a result
  Done: 3, // whole, and proven
  Update: 4, // executed, and the update begins
  Defer: 5, // executed, and put off
  Lost: 6, // executed, and the package is not the one that was proven
  Refuse: 7, // executed, and refused
  Cancel: 8,
  Confirm: 9, // the new image runs and is confirmed
  Revert: 10, // the old image runs again
} as const;

/** In place of a result: as it was; the one that is given. */
const KEEP = -1;
const GIVEN = -2;

/** State, what happens, next state, result. What is not here does not happen: MethodNotAllowed. */
const ROWS: readonly (readonly [number, number, number, number])[] = [
  [State.Idle, Happening.Begin, State.Downloading, Result.Initial],
  [State.Idle, Happening.Reset, State.Idle, Result.Initial],
  // A URI that cannot be followed never began: the state is Idle when the result is told.
  [State.Idle, Happening.Fail, State.Idle, GIVEN],
  [State.Downloading, Happening.Reset, State.Idle, Result.Initial],
  [State.Downloading, Happening.Fail, State.Idle, GIVEN],
  [State.Downloading, Happening.Done, State.Downloaded, Result.Initial],
  [State.Downloading, Happening.Cancel, State.Idle, Result.Cancelled],
  [State.Downloaded, Happening.Reset, State.Idle, Result.Initial],
  [State.Downloaded, Happening.Cancel, State.Idle, Result.Cancelled],
  [State.Downloaded, Happening.Update, State.Updating, Result.Initial],
  [State.Downloaded, Happening.Defer, State.Downloaded, Result.Deferred],
  [State.Downloaded, Happening.Lost, State.Idle, GIVEN],
  [State.Downloaded, Happening.Refuse, State.Downloaded, GIVEN],
  [State.Updating, Happening.Confirm, State.Idle, Result.Success],
  [State.Updating, Happening.Revert, State.Idle, GIVEN],
];

export interface Machine {
  state: number;
  result: number;
}

/** Whether this may happen now. */
export function machineMay(machine: Machine, happening: number): boolean {
  for (const row of ROWS) if (row[0] === machine.state && row[1] === happening) return true;
  return false;
}

/** Goes to the next state. False: this does not happen in this state, and nothing changed. */
export function machineStep(machine: Machine, happening: number, result: number): boolean {
  for (const row of ROWS) {
    if (row[0] !== machine.state || row[1] !== happening) continue;
    machine.state = row[2];
    if (row[3] !== KEEP) machine.result = row[3] === GIVEN ? result : row[3];
    return true;
  }
  return false;
}
