/** Updates in frames that reach back: each window, on each board that keeps enough, cut at each place. */
import test from 'ava';
import { goesOn, HELD, STOPS, WINDOWS } from '../payload/_window.ts';

for (const window of WINDOWS)
  for (const held of HELD.filter((one) => one >= window))
    test(`frames that reach back ${window} bytes, a board that keeps ${held}: any cut, and on it goes`, (t) => {
      for (const mode of ['range', 'stream'] as const)
        for (const stop of STOPS) goesOn(t, window, held, mode, stop);
    });
