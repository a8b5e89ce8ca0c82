package io.gaitway.bench;

import io.gaitway.address.Address;
import io.gaitway.address.Handshake;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Times calls of the swimmer on this program's server against those on another version's, in turns
 * within one run, each in a process of its own, and prints a Markdown table. Exit status 1 when a
 * row is slower than {@link #AT_LEAST} allows.
 *
 * <p>Arguments: the number of passes per row, this checkout, that of the other version.
 */
public final class VersionRatios implements AutoCloseable {
  private static final double AT_LEAST = 0.97;

  private final Process process;
  private final ManagedChannel channel;
  private final StepCalls calls;

  private VersionRatios(Path checkout) throws IOException {
    process =
        new ProcessBuilder(
                checkout.resolve("gaitway").toString(), "serve", "--port", "0", "--until-eof")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    channel = NettyChannelBuilder.forTarget(awaitAddress()).usePlaintext().directExecutor().build();
    calls = new StepCalls(channel);
  }

  private String awaitAddress() throws IOException {
    BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (Handshake.SERVER.isMeantBy(line)
          && Handshake.SERVER.read(line).address() instanceof Address.Tcp tcp) {
        return tcp.toString();
      }
    }
    throw new IOException("the server has ended before it was ready");
  }

  /** Runs. */
  public static void main(String[] args) throws IOException {
    if (args.length != 3 || Integer.parseInt(args[0]) < 20) {
      System.err.println("usage: VersionRatios PASSES CHECKOUT OTHER, at least 20 passes");
      System.exit(2);
    }
    boolean kept;
    try (VersionRatios ours = new VersionRatios(Path.of(args[1]));
        VersionRatios other = new VersionRatios(Path.of(args[2]))) {
      kept =
          PeerComparison.report(
              "theirs",
              rows(ours.calls, other.calls),
              Integer.parseInt(args[0]),
              PeerComparison.LONG_SAMPLE);
    }
    System.exit(kept ? 0 : 1);
  }

  private static List<PeerComparison> rows(StepCalls ours, StepCalls other) {
    return List.of(
        new PeerComparison("Step, unary callback", ours.unary(), other.unary(), AT_LEAST, 1),
        new PeerComparison(
            "Step, stream in lock step", ours.stream(1), other.stream(1), AT_LEAST, 1),
        new PeerComparison(
            "64 swimmers a message, lock step", ours.stream(64), other.stream(64), AT_LEAST, 1));
  }

  @Override
  public void close() throws IOException {
    channel.shutdownNow();
    process.getOutputStream().close();
  }
}
