/** Mistakes between activate and the end of the trial, and in what may be offered. */
import { FLOOR_AT, TRIAL_FLOOR_AT } from '../../agent/format/layout.ts';
import type { Mutant } from './mutant.ts';

export const trialMutants: readonly Mutant[] = [
  {
    name: 'floor-raised-at-activate',
    story: 'the trial fails, and the image to go back to is below the floor: nothing can be booted',
    patches: [
      {
        file: 'agent.js',
        find: '    agentEvent(agent, Event.Activated, Ok, state[TRIAL_AT]);',
        replace: `    agentEvent(agent, Event.Activated, Ok, state[TRIAL_AT]);
    stateSet(state, ${FLOOR_AT}, Math.max(stateGet(state, ${FLOOR_AT}), stateGet(state, TRIAL_FLOOR_AT)));`,
      },
    ],
    hint: { scenario: 'floor-rise', board: 'tiny', fault: 'the trial does not confirm' },
  },
  {
    name: 'counter-raised-before-confirm',
    story:
      'mcuboot 0eaf666: the hardware counter is raised, then the confirm is lost to a cut, and the way back is closed',
    patches: [
      {
        file: 'trial.js',
        find: '    code = agentSave(agent);',
        replace: `    counterRaise(agent);
    code = agentSave(agent);`,
      },
    ],
    hint: { scenario: 'floor-rise', board: 'tiny' },
  },
  {
    name: 'counter-lag-kept',
    story: 'a cut between confirm and counter is not made good: with the journal lost, the floor is lost too',
    patches: [
      {
        file: 'agent.js',
        find: `    counterRaise(agent);
    return agent;`,
        replace: '    return agent;',
      },
    ],
    hint: { scenario: 'floor-rise', board: 'tiny' },
  },
  {
    name: 'floor-in-a-second-record',
    story: 'power goes between confirm and floor: the floor that the publisher declared is never reached',
    patches: [
      {
        file: 'trial.js',
        find: '    trialConfirm(state, agent.policy.environment.resetCause());',
        replace: `    const floor = Math.max(stateGet(state, FLOOR_AT), stateGet(state, ${TRIAL_FLOOR_AT}));
    stateSet(state, ${TRIAL_FLOOR_AT}, 0);
    trialConfirm(state, agent.policy.environment.resetCause());`,
      },
      {
        file: 'trial.js',
        find: `    counterRaise(agent);
    agent.policy.floor`,
        replace: `    stateSet(state, FLOOR_AT, floor);
    const raised = agentSave(agent);
    if (raised < 0)
        return raised;
    counterRaise(agent);
    agent.policy.floor`,
      },
    ],
    hint: { scenario: 'floor-rise', board: 'tiny' },
  },
  {
    name: 'floor-to-its-own-version',
    story: 'each confirm closes the way back, whatever the manifest declares',
    patches: [
      {
        file: 'agent.js',
        find: 'Math.min(declared >= 0 ? declared : Math.max(agent.policy.runs, 0), manifest.securityVersion)',
        replace: 'manifest.securityVersion',
      },
    ],
    hint: { scenario: 'manual-revert', board: 'tiny', fault: 'an update of higher security version' },
  },
  {
    name: 'activate-in-two-records',
    story:
      'the slot goes on trial, then power goes: the trial has no sequence, and its confirm sets accepted back to 0',
    patches: [
      {
        file: 'agent.js',
        find: '    state[TRIAL_AT] = session.transfer.slot;',
        replace: `    state[TRIAL_AT] = session.transfer.slot;
    code = agentSave(agent);
    if (code < 0)
        return sessionFail(session, code);`,
      },
    ],
    hint: { scenario: 'first-update', board: 'tiny' },
  },
  {
    name: 'refused-lost-at-confirm',
    story:
      'the confirm of one update clears the list: one of a higher sequence that took the board down is taken again',
    patches: [
      {
        file: 'revert.js',
        find: '    state[BACKOFFS_AT] = 0;\n    trialClear(state);',
        replace: `    state[BACKOFFS_AT] = 0;
    state.fill(0, REFUSED_AT, CHECK_NAME_AT);
    trialClear(state);`,
      },
    ],
    hint: {
      scenario: 'refused-later',
      board: 'tiny',
      fault: 'the update after the revert is of a lower sequence than the refused one',
    },
  },
  {
    name: 'refused-taken-again',
    story: 'the list is kept and not asked: the same bad update loops',
    patches: [
      {
        file: 'policy.js',
        find: `    if (refused(state, manifest.sequence, digest, 0))
        return Err.Reverted;
`,
        replace: '',
      },
    ],
    hint: { scenario: 'fails-check', board: 'tiny' },
  },
  {
    name: 'offers-in-trial',
    story: 'an offer in a trial is received into the slot that is the way back',
    patches: [
      {
        file: 'agent.js',
        find: `    if (agent.policy.journal.state[TRIAL_AT] !== NO_SLOT)
        return Err.InTrial;
    return settled(agent) ? sessionBegin(agent.session, whole) : Err.BadState;`,
        replace: '    return sessionBegin(agent.session);',
      },
      {
        file: 'agent.js',
        find: 'return inTrial(this) ?',
        replace: `const { phase } = this.session;
    return inTrial(this) && !(phase > Phase.Idle && phase < Phase.Staged) ?`,
      },
      {
        file: 'policy.js',
        find: `    if (state[TRIAL_AT] !== NO_SLOT)
        return Err.InTrial;
`,
        replace: '',
      },
    ],
    hint: { scenario: 'offer-in-trial', board: 'tiny', fault: 'an offer while the trial runs' },
  },
  {
    name: 'cancel-forgets-the-doubt',
    story:
      'an offer given up before its first erase takes with it what was known of the cut: the torn place is kept',
    patches: [
      {
        file: 'agent.js',
        find: '    session.code = Err.Cancelled;',
        replace: `    session.code = Err.Cancelled;
    session.transfer.dirtyFrom = session.transfer.dirtyTo = 0;`,
      },
    ],
    hint: {
      scenario: 'cancelled',
      board: 'tiny',
      fault: 'cut in a block that reads now and then, then an offer cancelled, then the first offer again',
    },
  },
];
