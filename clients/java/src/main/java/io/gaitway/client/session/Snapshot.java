package io.gaitway.client.session;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gaitway.proto.v1.EnvironmentSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the future of some environments depends on: states, seeds, episode numbers, step
 * counters, and the model they belong to. It can be put into any session of the same model, on any
 * server, which then continues with the same bits.
 */
public final class Snapshot {
  private final EnvironmentSnapshot message;

  Snapshot(EnvironmentSnapshot message) {
    this.message = message;
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @throws IllegalArgumentException if the bytes are not a snapshot
   */
  public static Snapshot fromBytes(byte[] bytes) {
    try {
      return new Snapshot(EnvironmentSnapshot.parseFrom(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(
          "the %d bytes are not a snapshot: %s".formatted(bytes.length, e.getMessage()), e);
    }
  }

  /** The snapshot as bytes, for a file or another machine: gaitway.v1.EnvironmentSnapshot. */
  public byte[] toBytes() {
    return message.toByteArray();
  }

  /** Catalog name of the environments. */
  public String environmentId() {
    return message.getEnvironmentId();
  }

  /** Digest of the model that the snapshot was taken of. */
  public String modelDigest() {
    return message.getModelDigest();
  }

  /** Number of environments in the snapshot. */
  public int size() {
    return message.getSeedsCount();
  }

  EnvironmentSnapshot message() {
    return message;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Snapshot snapshot && snapshot.message.equals(message);
  }

  @Override
  public int hashCode() {
    return message.hashCode();
  }
}
