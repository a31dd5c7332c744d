/** The configuration of a gateway with hawkBit above, CoAP in the open below, and a group of lamps. */
export const configText = (url: string, more: object = {}): string =>
  JSON.stringify({
    version: 1,
    folder: 'state',
    anchors: ['owner.pem'],
    upstream: { kind: 'hawkbit', url },
    groups: [{ name: 'test-nodes', devices: ['lamp-*'] }],
    coap: { port: 0, insecure: true },
    status: { port: 0 },
    ...more,
  });
