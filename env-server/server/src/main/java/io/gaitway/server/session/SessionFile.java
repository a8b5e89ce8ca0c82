package io.gaitway.server.session;

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
import java.util.List;
import java.util.Objects;

/**
 * The format of a file of sessions: a magic number, the version, the number of sessions, each with
 * its length in front, and the SHA-256 of all that. It is there in whole or not at all.
 */
final class SessionFile {
  /** "GWSESS" and two spare bytes. */
  private static final long MAGIC = 0x4757_5345_5353_0000L;

  private static final int VERSION = 1;
  private static final int DIGEST_BYTES = 32;

  /** Magic number, version, number of sessions. */
  private static final int HEAD_BYTES = Long.BYTES + 2 * Integer.BYTES;

  private SessionFile() {}

  /** A file cannot be read; the message continues a sentence that begins with the file's name. */
  static final class UnusableException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableException(String message) {
      super(message);
    }
  }

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

  /** Reads the records of a file; each is one session. */
  static List<byte[]> read(Path file) throws IOException, UnusableException {
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
      List<byte[]> records = records(data, content - HEAD_BYTES);
      if (!Arrays.equals(digest.digest(), in.readNBytes(DIGEST_BYTES))) {
        throw new UnusableException("is damaged");
      }
      return records;
    }
  }

  private static List<byte[]> records(DataInputStream data, long content)
      throws IOException, UnusableException {
    int count = data.readInt();
    long left = content;
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
    if (left != 0) {
      throw new UnusableException("is damaged");
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
