/** A machine that does nothing: what is left is the engine's. */
function decide(): void {
  boardLog('decided 0 0');
  for (;;) boardFeed(0);
}

// oxlint-disable-next-line device/dialect
(globalThis as unknown as { decide: () => void }).decide = decide;
export {};
