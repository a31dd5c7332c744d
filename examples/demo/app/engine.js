// What the MQTT client expects of an engine and this device has not: timers (from the device's tick), and four names.
globalThis.self = globalThis;
globalThis.navigator = { userAgent: '' };
globalThis.AbortSignal = class AbortSignal {
  aborted = false;
  addEventListener() {}
  removeEventListener() {}
};
globalThis.AbortController = class AbortController {
  signal = new AbortSignal();
  abort() {
    this.signal.aborted = true;
  }
};
(() => {
  let timers = [];
  let last = 0;
  const add = (work, milliseconds, repeat) => {
    timers.push({ id: ++last, at: device.seconds() + milliseconds / 1000, work, repeat });
    return last;
  };
  globalThis.setTimeout = (work, milliseconds = 0, ...given) => add(() => work(...given), milliseconds, 0);
  globalThis.setInterval = (work, milliseconds, ...given) =>
    add(() => work(...given), milliseconds, milliseconds);
  globalThis.clearTimeout = globalThis.clearInterval = (id) => {
    timers = timers.filter((timer) => timer.id !== id);
  };
  device.every(() => {
    const now = device.seconds();
    const due = timers.filter((timer) => timer.at <= now);
    timers = timers.filter((timer) => timer.at > now || timer.repeat > 0);
    for (const timer of due) {
      timer.at = now + timer.repeat / 1000;
      timer.work();
    }
  });
})();
