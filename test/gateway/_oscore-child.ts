/** A gateway in a process of its own, to be killed. Arguments: folder, port. Prints its URL; what it warns of goes to stderr. */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { gatewayAt } from './_oscore-site.ts';

const [folder = '', port = '0'] = process.argv.slice(2);
const at = (name: string): string => join(folder, name);
const gateway = await gatewayAt({ at }, Number(port), (words) => void writeSync(2, `${words}\n`));
writeSync(1, `${gateway.coap}\n`);
