package io.gaitway.server.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.Metadata;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What refusals say of another attempt. */
class PushbackTest {

  private static @Nullable String pushback(RequestException fault) {
    Metadata trailers = Errors.toStatus(fault).getTrailers();
    return trailers == null
        ? null
        : trailers.get(Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER));
  }

  @Test
  void aShortDelayIsForTheClientToWait() {
    assertEquals("0", pushback(Errors.capacity("calls", 4, Duration.ZERO)));
    assertEquals("5000", pushback(Errors.capacity("calls", 4, Duration.ofSeconds(5))));
    assertEquals(
        "250", pushback(Errors.storageUnavailable("locked", "locked", Duration.ofMillis(250))));
  }

  @Test
  void aLongOneIsForTheCaller() {
    assertEquals("-1", pushback(Errors.capacity("sessions", 4, Duration.ofMillis(5001))));
    assertEquals("-1", pushback(Errors.messageTooLarge(4)));
  }

  @Test
  void otherFaultsSayNothing() {
    assertEquals(null, pushback(Errors.draining()));
    assertEquals(null, pushback(Errors.missing("states")));
  }
}
