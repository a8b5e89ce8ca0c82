package io.gaitway.agents.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DurableFilesTest {
  private static final byte[] CONTENT = "new\n".getBytes(UTF_8);

  @TempDir private Path folder;

  @Test
  void aFileIsReplacedAndNothingIsLeftBesideIt() throws IOException {
    Path file = Files.writeString(folder.resolve("a b ü"), "old");
    DurableFiles.write(file, CONTENT);
    assertArrayEquals(CONTENT, Files.readAllBytes(file));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void aSymbolicLinkStaysOneAndItsTargetIsWritten() throws IOException {
    Path target = Files.writeString(folder.resolve("target"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("target"));
    Path chain = Files.createSymbolicLink(folder.resolve("chain"), link);
    DurableFiles.write(chain, CONTENT);
    assertTrue(Files.isSymbolicLink(chain) && Files.isSymbolicLink(link));
    assertArrayEquals(CONTENT, Files.readAllBytes(target));
  }

  @Test
  void aLinkToWhatDoesNotExistMakesIt() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("later"));
    DurableFiles.write(link, CONTENT);
    assertTrue(Files.isSymbolicLink(link));
    assertArrayEquals(CONTENT, Files.readAllBytes(folder.resolve("later")));
  }

  @Test
  void linksInACircleAreAFault() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("link"));
    assertThrows(FileSystemException.class, () -> DurableFiles.write(link, CONTENT));
  }

  @Test
  void aFifoTakesTheContent() throws Exception {
    Path fifo = folder.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    CompletableFuture<byte[]> read =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Files.readAllBytes(fifo);
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    DurableFiles.write(fifo, CONTENT);
    assertArrayEquals(CONTENT, read.get(30, TimeUnit.SECONDS));
    assertFalse(Files.isRegularFile(fifo));
  }

  @Test
  void aDeviceStaysOne() throws IOException {
    DurableFiles.write(Path.of("/dev/null"), CONTENT);
    assertFalse(Files.isRegularFile(Path.of("/dev/null")));
  }

  @Test
  void aDirectoryIsRefusedByName() {
    FileSystemException fault =
        assertThrows(FileSystemException.class, () -> DurableFiles.write(folder, CONTENT));
    assertEquals(folder + ": is a directory; name a file in it", fault.getMessage());
  }

  @Test
  void aWriteThatFailsLeavesTheOldFile() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "old");
    Files.createDirectory(folder.resolve("file.tmp"));
    assertThrows(IOException.class, () -> DurableFiles.write(file, CONTENT));
    assertEquals("old", Files.readString(file));
  }
}
