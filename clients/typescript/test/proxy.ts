import { once } from "node:events";
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from "node:net";

/**
 * A proxy whose connections can be made to fail.
 *
 * @param breaks so many of the first ones break as soon as something comes
 * @param cuts bytes of answers after which the first connection breaks, the second, and so on
 */
export async function faultyProxy(address: string, breaks = 0, cuts: number[] = []) {
  const [host, port] = address.split(":");
  let gone = false;
  const pairs = new Set<[client: Socket, server: Socket]>();
  let connections = 0;
  const proxy = createServer((client) => {
    client.on("error", () => {});
    if (gone) {
      client.destroy();
      return;
    }
    if (connections++ < breaks) {
      client.once("data", () => client.destroy());
      return;
    }
    const server = connectSocket(Number(port), host);
    server.on("error", () => client.destroy());
    client.on("close", () => server.destroy());
    client.pipe(server);
    pass(server, client, cuts.shift() ?? Number.POSITIVE_INFINITY);
    pairs.add([client, server]);
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  return {
    address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    connections: () => connections,
    /** Until further notice every connection breaks. */
    setGone(now: boolean) {
      gone = now;
      if (gone) {
        for (const [client] of pairs) {
          client.destroy();
        }
      }
    },
    /** From now on nothing passes over the connections that there are. */
    freeze() {
      for (const [client, server] of pairs) {
        client.unpipe(server).pause();
        server.unpipe(client).pause();
      }
    },
    /** The next answer does not arrive; the connection breaks instead. */
    loseAnswer() {
      for (const [client, server] of pairs) {
        server.unpipe(client).resume();
        server.once("data", () => client.destroy());
      }
    },
    close: () => proxy.close(),
  };
}

/** Passes bytes on, as many as there may be, and then breaks both connections. */
function pass(from: Socket, to: Socket, most: number) {
  if (most === Number.POSITIVE_INFINITY) {
    from.pipe(to);
    return;
  }
  let left = most;
  from.on("data", (bytes) => {
    to.write(bytes.subarray(0, left), () => {
      if (left <= 0) {
        to.destroy();
      }
    });
    left -= bytes.length;
  });
}
