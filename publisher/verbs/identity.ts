import type { VerbGroup } from './verb.ts';

export const identity: VerbGroup = {
  name: 'identity',
  summary: 'the key store of a device under Node, encrypted: create, add, show',
  example: 'flipside identity create --out keys/lamp-1 --key-file keys/lamp-1.key',
  verbs: [
    {
      name: 'create',
      summary: 'makes a store with a key for reports, and what else it is given',
      load: async () => (await import('./identity-create.ts')).identityCreate,
    },
    {
      name: 'add',
      summary: 'puts a key of OSCORE into a store, for a gateway over CoAP',
      load: async () => (await import('./identity-add.ts')).identityAdd,
    },
    {
      name: 'show',
      summary: 'what a store holds; never a secret',
      load: async () => (await import('./identity-show.ts')).identityShow,
    },
  ],
};
