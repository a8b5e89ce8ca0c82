package io.gaitway.bench;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Attacks a server in every way of {@link Attack}, one after the other, and says what a bystander
 * sees of it. Exit status 1 if it waits longer than it should.
 *
 * <p>Arguments: seconds for each attack, and names of attacks, or none for all.
 */
public final class Attacks implements AutoCloseable {
  private static final Duration GROWTH = Duration.ofSeconds(1);

  private final ServerProcess server;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private volatile boolean over;

  /** Starts a server. */
  Attacks() throws IOException {
    server = new ServerProcess();
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
        Bystander.Seen alone = run.watch(Duration.ofSeconds(5));
        Bystander.Seen seen = run.during(attack, length);
        boolean undisturbed = seen.isUndisturbed(1);
        System.out.printf("%-20s alone   %s%n", attack, alone);
        System.out.printf("%-20s %-7s %s%n", attack, undisturbed ? "kept" : "MISSED", seen);
        kept = kept && undisturbed;
      }
    }
    System.exit(kept ? 0 : 1);
  }

  /** What a bystander sees now. */
  Bystander.Seen watch(Duration length) throws InterruptedException {
    return new Bystander(this::connect).watch(length);
  }

  /** What a bystander sees during an attack, once that has grown. */
  Bystander.Seen during(Attack attack, Duration length) throws InterruptedException {
    for (int i = 0; i < attack.connections; i++) {
      ManagedChannel channel = connect();
      channels.add(channel);
      Attack.Call<?> call = attack.call(channel, i);
      for (int k = 0; k < attack.calls; k++) {
        repeat(attack, channel, call);
      }
    }
    Thread.sleep(GROWTH.toMillis());
    return watch(length);
  }

  private void repeat(Attack attack, ManagedChannel channel, Attack.Call<?> call) {
    if (!over) {
      call.begin(channel, attack.unread, () -> repeat(attack, channel, call));
    }
  }

  private ManagedChannel connect() {
    return NettyChannelBuilder.forTarget(server.address()).usePlaintext().build();
  }

  @Override
  public void close() throws IOException {
    over = true;
    channels.forEach(ManagedChannel::shutdownNow);
    server.close();
  }
}
