package io.gaitway.server.session;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.gaitway.proto.v1.ResetResponse;
import io.gaitway.proto.v1.StepResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answers to a session's last commands, for a client that asks for them again. They are bytes
 * in one array, which goes round: thousands of sessions that keep hundreds of objects each would
 * have the garbage collector stop the server for longer than a step may take.
 */
final class AnswerWindow {
  /** Whether it is of a step, number, request, length of the message. */
  private static final int LENGTH_AT = 1 + Long.BYTES + Integer.BYTES;

  private static final int HEAD_BYTES = LENGTH_AT + Integer.BYTES;

  private static final int FIRST_BYTES = 1024;
  private static final int LARGEST_RING = 1 << 30;

  private final int capacity;
  private final int mostBytes;
  private byte[] ring = new byte[0];
  private int oldest;
  private int used;
  private int count;

  /**
   * An answer and the command that it answers.
   *
   * @param ofStep whether it answers a step; else a reset
   * @param number what the command had as expected_step or expected_reset, or could have had
   * @param request a hash of what the command asked for: another command with this number has
   *     another answer
   * @param message a StepResponse or a ResetResponse
   */
  record Kept(boolean ofStep, long number, int request, byte[] message) {
    /** The bytes that it takes. */
    int size() {
      return HEAD_BYTES + message.length;
    }
  }

  /**
   * An empty one.
   *
   * @param capacity most answers
   * @param mostBytes most bytes of all of them
   */
  AnswerWindow(int capacity, long mostBytes) {
    this.capacity = capacity;
    this.mostBytes = (int) Math.min(mostBytes, LARGEST_RING);
  }

  /** Number of answers kept at most. */
  int capacity() {
    return capacity;
  }

  /** Keeps an answer; the oldest go when there are too many. Arguments as in {@link Kept}. */
  void add(boolean ofStep, long number, int request, MessageLite message) {
    int length = message.getSerializedSize();
    makeRoom(HEAD_BYTES + length);
    int at = (oldest + used) % ring.length;
    if (at + HEAD_BYTES + length > ring.length) {
      add(new Kept(ofStep, number, request, message.toByteArray()));
      return;
    }
    head(ring, at, ofStep, number, request, length);
    try {
      message.writeTo(CodedOutputStream.newInstance(ring, at + HEAD_BYTES, length));
    } catch (IOException e) {
      throw new IllegalStateException("writing to an array cannot fail", e);
    }
    used += HEAD_BYTES + length;
    count++;
  }

  /** Keeps an answer that was kept before. */
  void add(Kept answer) {
    makeRoom(answer.size());
    byte[] head = new byte[HEAD_BYTES];
    head(head, 0, answer.ofStep, answer.number, answer.request, answer.message.length);
    put(head);
    put(answer.message);
    count++;
  }

  private static void head(
      byte[] to, int at, boolean ofStep, long number, int request, int length) {
    ByteBuffer head = ByteBuffer.wrap(to, at, HEAD_BYTES);
    head.put((byte) (ofStep ? 1 : 0)).putLong(number).putInt(request).putInt(length);
  }

  private void put(byte[] bytes) {
    int at = (oldest + used) % ring.length;
    int straight = Math.min(bytes.length, ring.length - at);
    System.arraycopy(bytes, 0, ring, at, straight);
    System.arraycopy(bytes, straight, ring, 0, bytes.length - straight);
    used += bytes.length;
  }

  private void makeRoom(int bytes) {
    while (count > 0 && (count == capacity || bytes > mostBytes - used)) {
      int size = size(0);
      oldest = (oldest + size) % ring.length;
      used -= size;
      count--;
    }
    grow(used + bytes);
  }

  private void grow(int needed) {
    if (needed > ring.length) {
      int doubled = Math.min(mostBytes, Math.max(FIRST_BYTES, 2 * ring.length));
      ring = Arrays.copyOf(bytes(0, used), Math.max(needed, doubled));
      oldest = 0;
    }
  }

  /** Bytes from {@code from} on, counted from the oldest answer. */
  private byte[] bytes(int from, int length) {
    byte[] bytes = new byte[length];
    if (length > 0) {
      int at = (oldest + from) % ring.length;
      int straight = Math.min(length, ring.length - at);
      System.arraycopy(ring, at, bytes, 0, straight);
      System.arraycopy(ring, 0, bytes, straight, length - straight);
    }
    return bytes;
  }

  /** Bytes of the answer that begins there. */
  private int size(int from) {
    return HEAD_BYTES + ByteBuffer.wrap(bytes(from, HEAD_BYTES)).getInt(LENGTH_AT);
  }

  private Kept read(int from) {
    ByteBuffer head = ByteBuffer.wrap(bytes(from, HEAD_BYTES));
    boolean ofStep = head.get() == 1;
    long number = head.getLong();
    int request = head.getInt();
    return new Kept(ofStep, number, request, bytes(from + HEAD_BYTES, head.getInt()));
  }

  /** The answer that a step of this number had, if it is kept and was the same step. */
  @Nullable StepResponse step(long number, int request) {
    return find(true, number, request, StepResponse.parser());
  }

  /** The answer that a reset of this number had, if it is kept and was the same reset. */
  @Nullable ResetResponse reset(long number, int request) {
    return find(false, number, request, ResetResponse.parser());
  }

  private <M> @Nullable M find(boolean ofStep, long number, int request, Parser<M> parser) {
    int last = -1;
    for (int from = 0; from < used; from += size(from)) {
      ByteBuffer head = ByteBuffer.wrap(bytes(from, HEAD_BYTES));
      if ((head.get() == 1) == ofStep && head.getLong() == number) {
        last = from;
      }
    }
    Kept found = last < 0 ? null : read(last);
    try {
      return found == null || found.request != request ? null : parser.parseFrom(found.message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("what was written cannot be read", e);
    }
  }

  /** From the oldest to the newest. */
  List<Kept> all() {
    List<Kept> all = new ArrayList<>(count);
    for (int from = 0; from < used; from += size(from)) {
      all.add(read(from));
    }
    return all;
  }
}
