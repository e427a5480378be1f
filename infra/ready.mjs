/** Ends with 0 when the server in this container is ready, else with 1: for its health check. */
const port = process.env.LEDGER_PORT ?? '3000';
const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
process.exit(answer?.ok === true ? 0 : 1);
