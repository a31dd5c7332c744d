import test from 'ava';
import { classIdentifier, PublishError, uuidText, vendorIdentifier } from '../../publisher/index.ts';

test('names become the UUIDs of RFC 9562, as the SUIT draft lists them', (t) => {
  const arm = vendorIdentifier('arm.com');
  t.is(uuidText(arm), 'fa6b4a53-d5ad-5fdf-be9d-e663e4d41ffe');
  t.is(uuidText(classIdentifier(arm, 'suit')), '1492af14-2569-5e48-bf42-9b2d51f2ab45');
});

test('a UUID is taken as it is, with hyphens and without', (t) => {
  const text = 'fa6b4a53-d5ad-5fdf-be9d-e663e4d41ffe';
  t.is(uuidText(vendorIdentifier(text)), text);
  t.is(uuidText(vendorIdentifier(text.replaceAll('-', '').toUpperCase())), text);
  t.is(uuidText(vendorIdentifier(vendorIdentifier(text))), text);
});

for (const bad of ['', '  ', 'fa6b4a53-d5ad-5fdf-be9d-e663e4d41ff', 'fa6b4a53d5ad5fdfbe9de663e4d41ffe00']) {
  test(`"${bad}" is neither a UUID nor a name`, (t) => {
    const error = t.throws(() => vendorIdentifier(bad), { instanceOf: PublishError });
    t.is(error?.field, 'vendor');
    t.truthy(error?.remedy);
  });
}
