package io.gaitway.server.metrics;

import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What can be read over HTTP. */
final class Pages {
  private static final String PLAIN = "text/plain; charset=utf-8";
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  /** Answers a request that cannot be read, for instance because its headers are too long. */
  static final Page UNREADABLE = new Page(400, PLAIN, "the request cannot be read\n");

  /** Answers all but GET and HEAD. */
  static final Page READ_ONLY = new Page(405, PLAIN, "use GET\n");

  private static final Page NOT_FOUND =
      new Page(404, PLAIN, "there are /metrics, /healthz and /readyz\n");
  private static final Page OK = new Page(200, PLAIN, "ok\n");
  private static final Page NOT_READY =
      new Page(503, PLAIN, "the server is starting or shutting down\n");

  private final Supplier<String> meters;
  private final BooleanSupplier ready;

  /**
   * An answer.
   *
   * @param status of HTTP
   * @param type media type of the text
   */
  record Page(int status, String type, String text) {}

  Pages(Supplier<String> meters, BooleanSupplier ready) {
    this.meters = meters;
    this.ready = ready;
  }

  /** The page at a path. */
  Page page(String path) {
    return switch (path) {
      case "/metrics" -> new Page(200, PROMETHEUS, meters.get());
      case "/healthz" -> OK;
      case "/readyz" -> ready.getAsBoolean() ? OK : NOT_READY;
      default -> NOT_FOUND;
    };
  }
}
