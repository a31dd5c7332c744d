// The application: it connects the MQTT client for real, to a broker that is a few lines of this file.
const brokerStream = () => {
  const listeners = {};
  const stream = {
    on(name, work) {
      (listeners[name] ??= []).push(work);
      return stream;
    },
    once: (name, work) => stream.on(name, work),
    off: () => stream,
    removeListener: () => stream,
    emit(name, ...given) {
      for (const work of listeners[name] ?? []) work(...given);
      return true;
    },
    listenerCount: (name) => (listeners[name] ?? []).length,
    setMaxListeners: () => stream,
    pipe(sink) {
      stream.sink = sink;
      return sink;
    },
    unpipe: () => stream,
    cork() {},
    uncork() {},
    end() {},
    destroy(error) {
      if (error) trouble = error.message;
    },
    write(bytes, done) {
      stream.sent ??= bytes[0] >> 4;
      if (typeof done === 'function') done();
      return true;
    },
  };
  return stream;
};

const Connect = 1;
const Accepted = new Uint8Array([0x20, 2, 0, 0]);
const stream = brokerStream();
let connected = false;
let trouble = '';

const begin = () => {
  const { clientId = '' } = settings;
  const options = { clientId, clean: false, protocolVersion: 4, keepalive: 0, reconnectPeriod: 0 };
  const client = new mqtt.MqttClient(() => stream, options);
  client.on('connect', () => {
    connected = true;
    device.log(`${mqtt.MQTTJS_VERSION}: connected as ${clientId}`);
  });
  client.on('error', (error) => {
    trouble = error.message;
  });
};

let answered = false;
device.every(() => {
  device.watchdog.feed();
  if (answered || stream.sent !== Connect) return;
  answered = true;
  stream.sink.write(Accepted);
});

device.health.check('mqtt connects', 'required', 30, () => {
  if (trouble !== '') {
    device.log(`mqtt connects: ${trouble}`);
    return -1;
  }
  return connected ? 1 : 0;
});
device.health.check('update server', 'network', 60, () => (device.network() ? 1 : 0));

try {
  begin();
} catch (error) {
  trouble = error.message;
}
