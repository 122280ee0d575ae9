/** A connection is not let in. The message is for the log and never holds a part of the token. */
export class Refused extends Error {
  override readonly name = 'Refused';
  /** Status of the HTTP answer. */
  readonly status: number;
  /** For the line in the log. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(status: number, reason: string, fields: Record<string, unknown> = {}) {
    super(reason);
    this.status = status;
    this.fields = fields;
  }
}
