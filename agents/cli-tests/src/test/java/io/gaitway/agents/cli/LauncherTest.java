package io.gaitway.agents.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The script {@code gaitway}, beside a program that it takes for built. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
@Timeout(180)
class LauncherTest {
  private static final String JAVA = System.getProperty("java.home");

  /** What the launcher looks at to tell whether its program is up to date. */
  private static final List<String> MODULES =
      List.of(
          "proto",
          "address",
          "env-server/sim",
          "env-server/server",
          "clients/java",
          "agents/optim",
          "agents/api",
          "agents/algorithms",
          "agents/runner",
          "agents/reproduction",
          "agents/cli");

  @TempDir Path folder = Path.of("unset");

  @BeforeEach
  void install() throws IOException {
    Path script = Path.of("../../gaitway");
    Files.copy(script, folder.resolve("gaitway"));
    assertTrue(folder.resolve("gaitway").toFile().setExecutable(true));
    Files.createFile(folder.resolve("pom.xml"));
    for (String module : MODULES) {
      Files.createDirectories(folder.resolve(module).resolve("src/main"));
      Files.createFile(folder.resolve(module).resolve("pom.xml"));
    }
    Path shared = Path.of("agents/cli/src/main/dist/lib/gaitway.sh");
    Files.createDirectories(folder.resolve(shared).getParent());
    Files.copy(Path.of("../..").resolve(shared), folder.resolve(shared));
    Path target = Files.createDirectories(folder.resolve("agents/cli/target"));
    Files.createDirectory(target.resolve("program-1"));
    Path stamp = Files.writeString(target.resolve("program"), "1\n");
    Files.setLastModifiedTime(stamp, FileTime.from(Instant.now().plusSeconds(60)));
  }

  /** JUnit warns of links that lead out of its folders. */
  @AfterEach
  void unlink() throws IOException {
    Files.deleteIfExists(folder.resolve("archive"));
  }

  private record Ended(int code, String out, String err) {}

  /**
   * Runs a script of a shell, which takes bytes as they are: this process may be in a locale in
   * which Java cannot pass them on.
   */
  private Ended shell(String java, String locale, String script) throws Exception {
    Path file = Files.writeString(folder.resolve("script"), script);
    Path out = folder.resolve("stdout");
    Path err = folder.resolve("stderr");
    ProcessBuilder builder = new ProcessBuilder("sh", file.toString());
    for (String name : List.of("LC_ALL", "LC_CTYPE", "LANG", "JAVA_TOOL_OPTIONS")) {
      builder.environment().remove(name);
    }
    if (!locale.isEmpty()) {
      builder.environment().put("LC_ALL", locale);
    }
    builder.environment().put("JAVA_HOME", java);
    builder.environment().put("GAITWAY_CLASSPATH", Program.classPath());
    // Such a program is over before an optimising compiler pays.
    String options = "-XX:TieredStopAtLevel=1";
    Path archive = folder.resolve("archive");
    if (java.equals(JAVA) && (Files.exists(archive) || Program.linkArchive(archive))) {
      options += " -XX:SharedArchiveFile=" + archive.getFileName();
    }
    builder.environment().put("GAITWAY_JAVA_OPTS", options);
    builder.directory(folder.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile());
    int code = builder.start().waitFor();
    return new Ended(code, Files.readString(out), Files.readString(err));
  }

  /**
   * Every locale with this JDK, and the one that says least with the others that the environment
   * variable lists like a path.
   */
  private static List<Arguments> localesOfEveryJdk() throws IOException {
    List<Arguments> cases = new ArrayList<>();
    for (String locale : List.of("", "C", "POSIX", "no_WHERE.UTF-8", "C.UTF-8")) {
      cases.add(Arguments.of(JAVA, locale));
    }
    @Nullable String listed = System.getenv("GAITWAY_TEST_JDKS");
    if (listed != null) {
      for (String home : listed.split(File.pathSeparator)) {
        if (!Files.isSameFile(Path.of(home), Path.of(JAVA))) {
          cases.add(Arguments.of(home, "C"));
        }
      }
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("localesOfEveryJdk")
  void namesOutsideAsciiWorkInEveryLocale(String java, String locale) throws Exception {
    Ended trained =
        shell(
            java,
            locale,
            "./gaitway train wander swimmer --iterations=1 --param=horizon=20"
                + " --out 'läufe/übung ☃' && ls läufe/*/policy.json");
    assertEquals(0, trained.code(), trained.err());
    assertTrue(
        trained.out().endsWith("Report: läufe/übung ☃/report.html\nläufe/übung ☃/policy.json\n"),
        trained.out());
    Ended described = shell(java, locale, "./gaitway environments swimmer");
    assertTrue(described.out().contains(" ± "), described.out());
    Ended refused = shell(java, locale, "./gaitway train wänder swimmer");
    assertTrue(refused.err().startsWith("gaitway: there is no agent 'wänder'"), refused.err());
  }

  @Test
  void aJavaThatIsAScriptIsAskedForItsVersion() throws Exception {
    Ended ended =
        shell(
            JAVA,
            "",
            """
            mkdir -p shim/bin
            printf '#!/bin/sh\nexec "%s/bin/java" "$@"\n' "$JAVA_HOME" >shim/bin/java
            chmod +x shim/bin/java
            JAVA_HOME=$PWD/shim JAVA_TOOL_OPTIONS=-Dsome=thing ./gaitway environments
            """);
    assertEquals(0, ended.code(), ended.err());
    assertTrue(ended.out().contains("swimmer"), ended.out());
  }

  @Test
  void aPathThatNoClassPathCanHoldIsNamed() throws Exception {
    Ended ended =
        shell(
            JAVA,
            "",
            """
            mkdir a:b
            cp -Rp gaitway pom.xml address agents clients env-server proto a:b
            a:b/gaitway environments
            """);
    assertEquals(1, ended.code(), ended.out());
    assertTrue(
        ended.err().endsWith("but Java's class path cannot hold a colon; move it.\n"), ended.err());
  }

  @Test
  void outOfMemoryIsOneLineAndAnExitCode() throws Exception {
    Ended ended =
        shell(
            JAVA,
            "",
            "GAITWAY_JAVA_OPTS=-Xmx100m ./gaitway train random-search swimmer --hidden=4096,4096"
                + " --out=run");
    assertEquals(3, ended.code(), ended.err());
    assertEquals("", ended.out());
    List<String> said = ended.err().lines().toList();
    assertEquals(
        List.of(
            "Run directory: run", "Terminating due to java.lang.OutOfMemoryError: Java heap space"),
        said);
  }

  @ParameterizedTest
  @ValueSource(strings = {"C", "C.UTF-8"})
  void socketsOutsideAsciiWorkInEveryLocale(String locale) throws Exception {
    Ended ended =
        shell(
            JAVA,
            locale,
            """
            mkfifo input output
            ./gaitway serve --until-eof --unix 'dose ☃.sock' <input >output &
            exec 8>input 9<output
            read -r line <&9
            printf '%s\n' "$line"
            read -r line <&9
            printf '%s\n' "$line"
            ./gaitway environments --server 'unix:dose ☃.sock'
            exec 8>&-
            wait
            """);
    assertEquals(0, ended.code(), ended.err());
    List<String> lines = ended.out().lines().toList();
    String socket = folder.toRealPath().resolve("dose ☃.sock").toString();
    assertEquals("gaitway serving on unix:" + socket, lines.get(0));
    assertEquals("gaitway-server|1|unix|" + socket, lines.get(1));
    assertTrue(ended.out().contains("swimmer"), ended.out());
  }
}
