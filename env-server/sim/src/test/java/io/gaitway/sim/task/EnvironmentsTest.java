package io.gaitway.sim.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The catalog. */
class EnvironmentsTest {

  /** Found by name only, through a services file that the test writes. */
  public static final class Impostor implements EnvironmentProvider {
    @Override
    public String id() {
      return "swimmer";
    }

    @Override
    public Environment create(Map<String, Double> overrides) {
      throw new AssertionError("never chosen");
    }
  }

  @Test
  void theCatalogHoldsTheSwimmer() {
    Environments catalog = Environments.load();
    assertTrue(catalog.ids().contains("swimmer"), catalog.ids().toString());
    assertEquals(catalog.ids().stream().sorted().toList(), catalog.ids());
    assertEquals("swimmer", catalog.create("swimmer", Map.of()).spec().id());
  }

  @Test
  void everyEntryOfTheCatalogIsUnderTest() {
    for (String id : Environments.load().ids()) {
      assertTrue(
          Cases.all().anyMatch(c -> c.provider().id().equals(id)), id + " is not in the suites");
    }
  }

  @Test
  void anUnknownNameIsRefusedWithTheNamesThatExist() {
    UnknownEnvironmentException e =
        assertThrows(
            UnknownEnvironmentException.class,
            () -> Environments.load().create("crawler", Map.of()));
    assertEquals("crawler", e.id());
    assertTrue(e.known().contains("swimmer"), e.known());
    assertTrue(String.valueOf(e.getMessage()).contains("'crawler'"), e.getMessage());
  }

  @Test
  void twoOfOneNameAreRefused(@TempDir Path folder) throws IOException {
    Path services = folder.resolve("META-INF/services");
    Files.createDirectories(services);
    Files.writeString(
        services.resolve(EnvironmentProvider.class.getName()), Impostor.class.getName() + "\n");
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {url(folder)}, before)) {
      thread.setContextClassLoader(loader);
      IllegalStateException e = assertThrows(IllegalStateException.class, Environments::load);
      assertTrue(String.valueOf(e.getMessage()).contains("'swimmer'"), e.getMessage());
      assertTrue(String.valueOf(e.getMessage()).contains("Impostor"), e.getMessage());
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static URL url(Path folder) throws MalformedURLException {
    return folder.toUri().toURL();
  }
}
