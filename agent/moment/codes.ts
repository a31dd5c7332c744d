/** Every number that choosing the moment says, apart from the codes of agent/err.ts. Append-only. */

/** How much the device does by itself. */
export const Mode = {
  Automatic: 0,
  Notify: 1, // waits for the owner's yes to each manifest
  Off: 2, // takes none
} as const;

/** What can hold an update back; bits, in the order in which they are asked. */
export const Gate = {
  Off: 1,
  Owner: 2, // the owner's yes is awaited
  Postponed: 4,
  Scheduled: 8, // activates together with others, at a given time
  Window: 16,
  Energy: 32,
  Veto: 64, // the application says: not now
} as const;

/** A Monday, bit 0 of `MaintenanceWindow.days`, to a Sunday. */
export const Day = {
  Monday: 1,
  Tuesday: 2,
  Wednesday: 4,
  Thursday: 8,
  Friday: 16,
  Saturday: 32,
  Sunday: 64,
  Every: 127,
} as const;
