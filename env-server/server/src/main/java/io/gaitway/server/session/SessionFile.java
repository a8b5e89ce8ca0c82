package io.gaitway.server.session;

import io.gaitway.proto.v1.AddEnvironmentRequest;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The format of a file of sessions: a magic number, the version, the environments that clients had
 * added and that sessions are of, the sessions, and the SHA-256 of all that. Each list begins with
 * its length, and so does everything in it. The file is there in whole or not at all.
 */
final class SessionFile {
  /** "GWSESS" and two spare bytes. */
  private static final long MAGIC = 0x4757_5345_5353_0000L;

  private static final int VERSION = 2;
  private static final int DIGEST_BYTES = 32;

  /** Magic number, version, and how many environments and sessions there are. */
  private static final int HEAD_BYTES = Long.BYTES + 3 * Integer.BYTES;

  private SessionFile() {}

  /** A file cannot be read; the message continues a sentence that begins with the file's name. */
  static final class UnusableException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableException(String message) {
      super(message);
    }
  }

  /**
   * What is in a file.
   *
   * @param environments requests to add them
   * @param sessions records of them
   */
  record Content(List<byte[]> environments, List<byte[]> sessions) {}

  /** Writes a file that only this user can read, and returns when it is on the disk. */
  static void write(Path file, List<LiveSession> sessions) throws IOException {
    Path directory = Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file has one");
    // Made with mode 0600 where the file system knows modes.
    Path temporary = Files.createTempFile(directory, file.getFileName() + ".", ".tmp");
    try {
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
        MessageDigest digest = sha256();
        DataOutputStream data = new DataOutputStream(new DigestOutputStream(out, digest));
        data.writeLong(MAGIC);
        data.writeInt(VERSION);
        Set<AddEnvironmentRequest> environments = environments(sessions);
        data.writeInt(environments.size());
        for (AddEnvironmentRequest environment : environments) {
          data.writeInt(environment.getSerializedSize());
          environment.writeTo(data);
        }
        data.writeInt(sessions.size());
        for (LiveSession session : sessions) {
          ByteArrayOutputStream bytes = new ByteArrayOutputStream();
          synchronized (session) {
            SessionRecord.of(session).write(new DataOutputStream(bytes));
          }
          data.writeInt(bytes.size());
          bytes.writeTo(data);
        }
        data.flush();
        out.write(digest.digest());
        out.flush();
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
    sync(directory);
  }

  private static Set<AddEnvironmentRequest> environments(List<LiveSession> sessions) {
    Set<AddEnvironmentRequest> added = new LinkedHashSet<>();
    for (LiveSession session : sessions) {
      AddEnvironmentRequest files = session.batch.model.files;
      if (files != null) {
        added.add(files);
      }
    }
    return added;
  }

  /** Reads a file. */
  static Content read(Path file) throws IOException, UnusableException {
    long content = Files.size(file) - DIGEST_BYTES;
    if (content < HEAD_BYTES) {
      throw new UnusableException("is not a file of sessions");
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      MessageDigest digest = sha256();
      DataInputStream data = new DataInputStream(new DigestInputStream(in, digest));
      if (data.readLong() != MAGIC) {
        throw new UnusableException("is not a file of sessions");
      }
      int version = data.readInt();
      if (version != VERSION) {
        throw new UnusableException(
            "has version %d of the format, and this server reads version %d"
                .formatted(version, VERSION));
      }
      long left = content - HEAD_BYTES;
      List<byte[]> environments = records(data, left);
      left -= environments.stream().mapToLong(record -> Integer.BYTES + record.length).sum();
      List<byte[]> sessions = records(data, left);
      left -= sessions.stream().mapToLong(record -> Integer.BYTES + record.length).sum();
      if (left != 0) {
        throw new UnusableException("is damaged");
      }
      if (!Arrays.equals(digest.digest(), in.readNBytes(DIGEST_BYTES))) {
        throw new UnusableException("is damaged");
      }
      return new Content(environments, sessions);
    }
  }

  /** A list of records, which may take {@code most} bytes beside its own length. */
  private static List<byte[]> records(DataInputStream data, long most)
      throws IOException, UnusableException {
    int count = data.readInt();
    long left = most;
    List<byte[]> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      left -= Integer.BYTES;
      int length = left < 0 ? -1 : data.readInt();
      left -= length;
      if (length < 0 || left < 0) {
        throw new UnusableException("is damaged");
      }
      records.add(data.readNBytes(length));
    }
    return records;
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (java.nio.file.AccessDeniedException e) {
      // Windows does not open directories; the file itself is on the disk.
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
