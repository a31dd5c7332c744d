/** A person's word on a group of a gateway that runs: pause, resume. */
import { configLoad } from '../../gateway/config/config.ts';
import type { GroupsDocument } from '../../gateway/status/shapes.ts';
import { lines } from '../answer.ts';
import { apiAsk, apiUrlOf, statusTokenDefine, statusTokenOf, urlDefine } from './gateway-api.ts';
import { groupRow, groupWords } from './gateway-status.ts';
import type { Verb } from './verb.ts';

const verbOf = (name: 'pause' | 'resume'): Verb => ({
  example: `flipside gateway ${name} gateway.json test-nodes --status-token-file status.token`,
  define(command) {
    urlDefine(command);
    command.argument('<group>', 'of the plan; others is what no group takes');
    statusTokenDefine(command);
  },
  async run([file, given], options) {
    const group = given as string;
    const base = apiUrlOf(configLoad(file as string), options);
    const path = `/api/groups/${encodeURIComponent(group)}/${name}`;
    const { groups } = await apiAsk<GroupsDocument>(base, path, statusTokenOf(options));
    const found = groups.filter((one) => one.name === group);
    return { rows: found.map(groupRow), text: lines(found.map((one) => [one.name, groupWords(one)])) };
  },
});

export const gatewayHold: Readonly<Record<'pause' | 'resume', Verb>> = {
  pause: verbOf('pause'),
  resume: verbOf('resume'),
};
