/** An open port: bytes in, bytes out. */
export type LinkPort = {
  /** Ends or throws when the port has gone. */
  readonly source: AsyncIterable<Uint8Array>;
  /** Resolves once the bytes are on their way; rejects when the port has gone. */
  write(bytes: Uint8Array): Promise<void>;
  /** Restarts the board the way a DTR pulse does; absent where the port cannot. */
  reset?(): Promise<void>;
  /** Harmless when it is closed already. */
  close(): Promise<void>;
};

/** How to reach a board: the name a person knows the port by, and a function that opens it as often as it is lost. */
export type PortBinding = {
  readonly name: string;
  /** Rejects when there is no such port now. */
  open(): Promise<LinkPort>;
};
