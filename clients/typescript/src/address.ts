/** Where a server is. */
export interface Address {
  /** As people write it: `host:port` or `unix:path`. */
  readonly text: string;
  /** As gRPC's resolvers take it. */
  readonly target: string;
  /** How to start a server that would be found there, for messages. */
  readonly startHint: string;
}

const HOST_PORT = /^(\[[0-9a-fA-F:.%]+\]|[^\s[\]:/]+):(\d{1,5})$/;

/**
 * Reads `host:port`, `[ipv6]:port` or `unix:path`.
 *
 * @throws RangeError if it is none of these
 */
export function parseAddress(text: string): Address {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length).replace(/^\/\//, "");
    if (path === "") {
      throw new RangeError(`address is '${text}', which names no path; write unix:/path/to/socket`);
    }
    return {
      text: `unix:${path}`,
      target: `unix:${path}`,
      startHint: "a server has to listen on this socket first",
    };
  }
  const [, host = "", port = "0"] = HOST_PORT.exec(text) ?? [];
  if (Number(port) < 1 || Number(port) > 65535) {
    throw new RangeError(
      `address is '${text}'; write host:port with a port from 1 to 65535, such as 127.0.0.1:7447,` +
        " or unix:/path/to/socket",
    );
  }
  return {
    text,
    target: `dns:///${text}`,
    startHint: `start one with: ./gaitway serve --host ${host.replace(/[[\]]/g, "")} --port ${port}`,
  };
}
