package io.gaitway.faults;

import io.gaitway.server.access.Scope;
import io.gaitway.server.access.TokenFile;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;

/**
 * Attacks a server in every way of {@link Attack}, one after the other, and says what bystanders
 * see of it: one with the attacker's token, on other connections, and one with a token of its own.
 * Exit status 1 if one of them waits longer than it should.
 *
 * <p>Arguments: seconds for each attack, and names of attacks, or none for all.
 */
public final class Attacks implements AutoCloseable {
  private static final int WARM_UP_CALLS = 3000;
  private static final Duration ALONE = Duration.ofSeconds(5);
  private static final Duration GROWTH = Duration.ofSeconds(1);

  private final Path directory;
  private final ServerProcess server;
  private final Login attacker;
  private final Login student;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private volatile boolean over;

  Attacks() throws IOException {
    directory = Files.createTempDirectory("gaitway-attacks");
    Path tokens = directory.resolve("tokens.json");
    TokenFile file = new TokenFile(tokens);
    String ofAttacker = token(file, "attacker");
    String ofStudent = token(file, "student");
    server = new ServerProcess("--require-token", "--tokens=" + tokens);
    attacker = new Login(server.address(), ofAttacker);
    student = new Login(server.address(), ofStudent);
  }

  private static String token(TokenFile file, String owner) throws IOException {
    return file.create(owner, EnumSet.of(Scope.SIMULATE, Scope.EVALUATE), null).secret();
  }

  /** Runs. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Duration length = Duration.ofSeconds(args.length == 0 ? 10 : Integer.parseInt(args[0]));
    List<Attack> attacks =
        args.length < 2
            ? List.of(Attack.values())
            : Arrays.stream(args).skip(1).map(Attack::valueOf).toList();
    boolean kept = true;
    for (Attack attack : attacks) {
      try (Attacks run = new Attacks()) {
        kept &= run.attack(attack, length);
      }
    }
    System.exit(kept ? 0 : 1);
  }

  /** Whether both bystanders are served as they should be. */
  private boolean attack(Attack attack, Duration length) throws InterruptedException {
    Bystander same = new Bystander(attacker);
    Bystander other = student();
    same.warmUp(WARM_UP_CALLS);
    System.out.printf("%s%n  nobody attacks   %s%n", attack, other.watch(ALONE));
    begin(attack);
    Thread.sleep(GROWTH.toMillis());
    Bystander.Seen ofSame = same.watch(length);
    System.out.printf("  same owner       %s%n", ofSame);
    Bystander.Seen ofOther = other.watch(length);
    System.out.printf("  another owner    %s%n", ofOther);
    boolean kept =
        Stream.of(ofSame, ofOther).allMatch(seen -> seen.isUndisturbed(1) && seen.isBlameless());
    System.out.println(kept ? "  kept" : "  MISSED");
    return kept;
  }

  /** A client with a token of its own. */
  Bystander student() {
    return new Bystander(student);
  }

  /** Begins to attack. */
  void begin(Attack attack) {
    for (int i = 0; i < attack.connections; i++) {
      ManagedChannel channel = attacker.connect();
      channels.add(channel);
      Attack.Call<?> call = attack.call(channel, i);
      for (int k = 0; k < attack.calls; k++) {
        repeat(attack, channel, call);
      }
    }
  }

  private void repeat(Attack attack, ManagedChannel channel, Attack.Call<?> call) {
    if (!over) {
      call.begin(channel, attack.unread, () -> repeat(attack, channel, call));
    }
  }

  @Override
  public void close() throws IOException {
    over = true;
    channels.forEach(ManagedChannel::shutdownNow);
    server.close();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
