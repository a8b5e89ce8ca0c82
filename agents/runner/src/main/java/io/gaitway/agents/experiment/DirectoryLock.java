package io.gaitway.agents.experiment;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets one process at a time write what all processes at an experiment write. A process that ends,
 * in whatever way, leaves no lock behind.
 */
public final class DirectoryLock implements AutoCloseable {
  /** Files' locks bar other processes, not other threads. */
  private static final ReentrantLock THREADS = new ReentrantLock();

  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  /** Waits until nobody else has a directory's lock. */
  public static DirectoryLock of(Path directory) throws IOException {
    THREADS.lock();
    try {
      FileChannel channel =
          FileChannel.open(
              directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      channel.lock();
      return new DirectoryLock(channel);
    } catch (IOException | RuntimeException e) {
      THREADS.unlock();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      THREADS.unlock();
    }
  }
}
