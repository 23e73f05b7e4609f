/** What a command ends with; stable, because scripts read it. */
export const exit = {
  ok: 0,
  internal: 1,
  usage: 2,
  dataRefused: 3,
  partlyAccepted: 4,
  network: 5,
  notAllowed: 6,
  interrupted: 130,
} as const;

/** An end that is the user's to mend: the message is all they need. */
export class CommandError extends Error {
  override name = "CommandError";
  readonly exitCode: number;
  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
