/** Runs beside the agent: nothing. */
boardLog('runs');
export {};
