package io.gaitway.server;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Shows meters at {@code /metrics} over HTTP, in the text format of Prometheus. */
final class MetricsEndpoint implements AutoCloseable {
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final HttpServer http;

  /** Starts listening. */
  MetricsEndpoint(InetSocketAddress address) throws IOException {
    http = HttpServer.create(address, 0);
    http.createContext(
        "/metrics",
        exchange -> {
          try (exchange) {
            byte[] body = meters.scrape().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    http.start();
  }

  /** The meters that are shown. */
  PrometheusMeterRegistry meters() {
    return meters;
  }

  /** The port listened on. */
  int port() {
    return http.getAddress().getPort();
  }

  @Override
  public void close() {
    http.stop(0);
  }
}
