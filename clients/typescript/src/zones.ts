import { experimental } from "@grpc/grpc-js";
import { ZONE_SCHEME } from "./address.js";

type Target = Parameters<(typeof experimental)["uriToString"]>[0];
type Listener = Parameters<(typeof experimental)["createResolver"]>[1];

/**
 * Finds IPv6 addresses with a zone, such as `[fe80::1%eth0]:7447`. The resolvers of gRPC find them too, but make the zone a
 * part of a URL, which allows none.
 */
class ZoneResolver {
  readonly #target: Target;
  readonly #listener: Listener;
  #told = false;

  constructor(target: Target, listener: Listener) {
    this.#target = target;
    this.#listener = listener;
  }

  updateResolution(): void {
    // Whoever is told again begins again, and then no call would ever hear that nobody answers there.
    if (this.#told) {
      return;
    }
    this.#told = true;
    const { host = "", port = 0 } = experimental.splitHostPort(this.#target.path) ?? {};
    const endpoints = experimental.statusOrFromValue([{ addresses: [{ host, port }] }]);
    process.nextTick(() => this.#listener(endpoints, {}, null, ""));
  }

  destroy(): void {
    this.#told = false;
  }

  /** What the server is told of its name: the address without the zone, which means nothing to it. */
  static getDefaultAuthority(target: Target): string {
    return target.path.replace(/%[^\]]*/, "");
  }
}

/** Lets channels find addresses with zones. */
export function registerZones(): void {
  experimental.registerResolver(ZONE_SCHEME, ZoneResolver);
}
