package io.gaitway.server.evaluation;

import io.gaitway.server.wire.Errors;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;

/**
 * A place on the leaderboard, in the order of its entries. Stays where it is while entries come and
 * go. As a token, clients send it back to get what follows.
 *
 * @param ended when the evaluation did, ms since 1970
 * @param row number of its row, which makes the order complete
 */
record LeaderboardPlace(String suite, double negatedSurvival, double cost, long ended, long row) {
  /** Before all entries. */
  static final LeaderboardPlace START = new LeaderboardPlace("", 0, 0, 0, 0);

  /** The place as a token, for requests that ask for the same suite, or for all. */
  String token(String asked) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeUTF(asked);
      out.writeUTF(suite);
      out.writeDouble(negatedSurvival);
      out.writeDouble(cost);
      out.writeLong(ended);
      out.writeLong(row);
    } catch (IOException e) {
      throw new UncheckedIOException("nothing can fail in memory", e);
    }
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
  }

  /**
   * Reads a token; an empty one is the start.
   *
   * @param asked the suite that the request asks for, or empty for all
   */
  static LeaderboardPlace of(String token, String asked) {
    if (token.isEmpty()) {
      return START;
    }
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(Base64.getUrlDecoder().decode(token)))) {
      boolean fits = in.readUTF().equals(asked);
      LeaderboardPlace place =
          new LeaderboardPlace(
              in.readUTF(), in.readDouble(), in.readDouble(), in.readLong(), in.readLong());
      if (fits && in.read() < 0) {
        return place;
      }
    } catch (IOException | IllegalArgumentException e) {
      // Said below, as for a token that goes with another request.
    }
    throw Errors.outOfRange(
        "page_token", Errors.quoted(token), "empty, or what the page before gave for this suite");
  }
}
