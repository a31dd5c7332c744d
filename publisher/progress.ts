import { stderr } from 'node:process';
import { SingleBar } from 'cli-progress';
import type { Progress } from './blocks.ts';

/** Shorter jobs show nothing. */
const PatienceMilliseconds = 1000;
const LineMilliseconds = 2000;

export const rateText = (bytesPerSecond: number): string =>
  bytesPerSecond >= 1e6
    ? `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`
    : `${Math.round(bytesPerSecond / 1e3)} kB/s`;

export interface Meter {
  readonly progress: Progress;
  stop(): void;
}

/** A bar on a terminal, a line now and then elsewhere; both on stderr, both only once a job takes over a second. */
export const meterOpen = (
  label: string,
  now: () => number = Date.now,
  rateOf: (perSecond: number) => string = rateText,
): Meter => {
  const began = now();
  let bar: SingleBar | undefined;
  let linedAt = began + PatienceMilliseconds - LineMilliseconds;
  const onTerminal = (done: number, total: number, rate: string, left: number): void => {
    if (!bar) {
      const format = `${label} {bar} {percentage}% {rate}, {left} s left`;
      bar = new SingleBar({ format, stream: stderr, barsize: 30, hideCursor: true, clearOnComplete: true });
      bar.start(total, done, { rate, left });
    }
    bar.update(done, { rate, left });
  };
  return {
    progress(done, total) {
      const at = now();
      if (at - began < PatienceMilliseconds) return;
      const perSecond = (done * 1000) / (at - began);
      const left = Math.ceil((total - done) / perSecond);
      if (stderr.isTTY) return onTerminal(done, total, rateOf(perSecond), left);
      if (at - linedAt < LineMilliseconds) return;
      linedAt = at;
      stderr.write(`${label} ${Math.floor((100 * done) / total)}% ${rateOf(perSecond)}, ${left} s left\n`);
    },
    stop() {
      bar?.stop();
    },
  };
};

/** For the trees of HSS/LMS keys: opened when the first leaf is done, as most signatures make no tree. */
export const treeMeter = (label: string): Progress => {
  let meter: Meter | undefined;
  return (done, total) => {
    meter ??= meterOpen(label, Date.now, (perSecond) => `${Math.round(perSecond)} leaves/s`);
    meter.progress(done, total);
    if (done !== total) return;
    meter.stop();
    meter = undefined;
  };
};
