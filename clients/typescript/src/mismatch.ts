import { connect } from "node:tls";
import type { Endpoint } from "./endpoint.js";

/** How long a server may take to begin to speak TLS, ms. */
const PROBE = 2000;

/** What is wrong with a server that speaks something else, from what gRPC says; undefined if nothing is known to be. */
export function mismatch(words: string, { address, tls, text }: Endpoint): string | undefined {
  if (tls === undefined) {
    return undefined;
  }
  if (/wrong version number|packet length too long/i.test(words)) {
    return `the server at ${text} does not speak TLS; write ${address.text} without tls://`;
  }
  if (/ssl|tls|certificate|altname/i.test(words)) {
    return (
      `TLS with the server at ${text} failed (${words}); name the certificate of who vouches for it by ?ca=FILE, its name by` +
      " server_name=NAME if that is not the host's, and your own certificate by cert=FILE&key=FILE if it asks for one"
    );
  }
  return undefined;
}

/**
 * What is wrong with a server that broke a plaintext connection and never answered a call; undefined if it seems to speak
 * HTTP/2.
 *
 * @param words how it broke the connection
 */
export async function mismatchOfSilence(
  words: string,
  { address, tls, text }: Endpoint,
): Promise<string | undefined> {
  const { place } = address;
  if (tls !== undefined || "path" in place) {
    return undefined;
  }
  if (!(await speaksTls(place.host, place.port))) {
    return /Protocol error/.test(words)
      ? `the server at ${text} speaks HTTP/1, so it is no Gaitway server, or this is its port of metrics; write the port that` +
          " gaitway serve names"
      : undefined;
  }
  return `the server at ${text} speaks TLS; write tls://${address.text}, and ?ca=FILE behind it if its certificate is not from a public authority`;
}

function speaksTls(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    // Nothing is sent: it only matters whether it shakes hands.
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: PROBE });
    const end = (speaks: boolean) => {
      socket.destroy();
      resolve(speaks);
    };
    socket.once("secureConnect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
    socket.once("close", () => resolve(false));
  });
}
