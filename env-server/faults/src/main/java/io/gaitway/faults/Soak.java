package io.gaitway.faults;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Many clients in processes of their own, see {@link SoakClients}, some of which are killed at
 * random and replaced, and the server that they all use, which is to be after so many minutes as it
 * was after the first.
 *
 * <p>Arguments: minutes, number of clients.
 */
public final class Soak implements AutoCloseable {
  private static final int CLIENTS_PER_PROCESS = 20;
  private static final long KILL_SECONDS = 4;

  /** Short, so that a minute shows what stays of clients that were killed. */
  static final Duration LEASE = Duration.ofSeconds(15);

  /**
   * After which a server without clients has let go of all that it held for them: spare threads
   * live 30 s.
   */
  private static final Duration LETTING_GO = Duration.ofSeconds(40);

  private final ServerProcess server;
  private final List<Process> processes = new ArrayList<>();
  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
  private int started;
  private int killed;

  private Soak() throws IOException {
    server = new ServerProcess();
  }

  /** Runs. */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length != 2 || Integer.parseInt(args[0]) < 2) {
      System.err.println("usage: Soak MINUTES CLIENTS, at least 2 minutes");
      System.exit(2);
    }
    boolean kept;
    try (Soak soak = new Soak()) {
      kept = soak.run(Duration.ofMinutes(Integer.parseInt(args[0])), Integer.parseInt(args[1]));
    }
    System.exit(kept ? 0 : 1);
  }

  private boolean run(Duration length, int clients) throws IOException, InterruptedException {
    for (int i = 0; i < clients; i += CLIENTS_PER_PROCESS) {
      processes.add(start(Math.min(CLIENTS_PER_PROCESS, clients - i)));
    }
    keepKilling(Duration.ofMinutes(1));
    ServerProcess.Resources first = server.resources();
    show("after the first minute", first);
    keepKilling(length.minusMinutes(1));
    ServerProcess.Resources last = server.resources();
    show("at the end", last);
    endClients();
    TimeUnit.SECONDS.sleep(LETTING_GO.toSeconds());
    ServerProcess.Resources after = server.resources();
    show("without clients", after);
    System.out.printf("%d processes killed; what the clients did and met:%n", killed);
    new TreeMap<>(counts).forEach((what, count) -> System.out.println("  " + what + " " + count));
    boolean kept =
        server.isAlive()
            && counts.keySet().stream().noneMatch(what -> what.startsWith("UNDOCUMENTED"))
            && last.heap() <= 1.25 * first.heap() + (16 << 20)
            && last.sessions() <= 1.25 * first.sessions() + clients
            && last.threads() <= first.threads() + 8
            && last.files() <= first.files() + 2 * CLIENTS_PER_PROCESS
            && after.sessions() == 0
            && after.heap() <= first.heap() + (16 << 20)
            && after.files() <= first.files()
            && after.threads() <= first.threads();
    System.out.println(kept ? "kept" : "missed: no undocumented error, and nothing grows");
    return kept;
  }

  private static void show(String when, ServerProcess.Resources held) {
    System.out.printf(
        Locale.ROOT,
        "%s: heap %.1f MiB, %d sessions, %d threads, %d files%n",
        when,
        held.heap() / 0x1p20,
        held.sessions(),
        held.threads(),
        held.files());
  }

  private void keepKilling(Duration length) throws IOException, InterruptedException {
    long end = System.nanoTime() + length.toNanos();
    while (System.nanoTime() < end) {
      long left = Math.min(end - System.nanoTime(), TimeUnit.SECONDS.toNanos(KILL_SECONDS));
      TimeUnit.NANOSECONDS.sleep(Math.max(0, left));
      int victim = random.nextInt(processes.size());
      processes.get(victim).destroyForcibly().waitFor();
      killed++;
      processes.set(victim, start(CLIENTS_PER_PROCESS));
    }
  }

  private Process start(int clients) throws IOException {
    List<String> command =
        ServerProcess.java(
            "-Xmx96m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            SoakClients.class.getName(),
            server.address(),
            Integer.toString(clients),
            Integer.toString(started++));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Thread reader = new Thread(() -> read(process), "gaitway-soak");
    reader.setDaemon(true);
    reader.start();
    return process;
  }

  /** Adds up what a process says: a count and a word. */
  private void read(Process process) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ", 2);
        if (words.length == 2) {
          counts.computeIfAbsent(words[1], what -> new LongAdder()).add(Long.parseLong(words[0]));
        }
      }
    } catch (IOException | NumberFormatException e) {
      // What the process said last was cut when it was killed.
    }
  }

  private void endClients() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  @Override
  public void close() throws IOException {
    processes.forEach(Process::destroyForcibly);
    server.close();
  }
}
