package io.gaitway.server.certificate;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a certificate authority for a lab, and certificates that it vouches for. */
@Command(
    name = "certificate",
    mixinStandardHelpOptions = true,
    description = {
      "Makes certificates for a lab that has no authority of its own.",
      "The first call makes the authority: ca.pem, which clients need, and ca-key.pem, which nobody"
          + " else may see. --server makes server.pem and server-key.pem for 'gaitway serve'."
    },
    footer = {
      "",
      "Example:",
      "  gaitway certificate tls --server robot.lab --server 192.168.1.20",
    })
public final class CertificateCommand implements Callable<Integer> {
  private static final String AUTHORITY = "ca";
  private static final Duration AUTHORITY_LIFE = Duration.ofDays(3650);

  @Spec private @Nullable CommandSpec command;

  @Parameters(paramLabel = "DIRECTORY", description = "Where the files are or will be.")
  private Path directory = Path.of("");

  @Option(
      names = "--server",
      paramLabel = "NAME",
      description =
          "Host name or IP address by which clients call the server; may be given several times.")
  private List<String> servers = new ArrayList<>();

  @Option(
      names = "--client",
      paramLabel = "NAME",
      description = "Make client-NAME.pem and client-NAME-key.pem, for serve --tls-client-ca.")
  private List<String> clients = new ArrayList<>();

  @Option(
      names = "--days",
      paramLabel = "DAYS",
      defaultValue = "397",
      description =
          "Days until the new certificates end; that of the authority lasts ten years (default:"
              + " ${DEFAULT-VALUE}).")
  private int days;

  /** Made by picocli. */
  public CertificateCommand() {}

  @Override
  public Integer call() throws IOException, GeneralSecurityException {
    check();
    PemFiles files = new PemFiles(directory);
    Authority authority = authority(files);
    Instant end = Instant.now().plus(Duration.ofDays(days));
    if (!servers.isEmpty()) {
      write(files, "server", authority.server(servers, end));
    }
    for (String client : clients) {
      write(files, "client-" + client, authority.client(client, end));
    }
    return 0;
  }

  private void check() {
    for (String name : servers) {
      require(
          HostNames.isServer(name), "--server must be a host name or an IP address, but is", name);
    }
    for (String name : clients) {
      require(
          HostNames.isClient(name),
          "--client must be 1 to 63 characters of A-Z a-z 0-9 -, the first a letter or digit, but"
              + " is",
          name);
    }
    require(
        days >= 1 && days <= AUTHORITY_LIFE.toDays(),
        "--days must be between 1 and %d, but is".formatted(AUTHORITY_LIFE.toDays()),
        Integer.toString(days));
  }

  private Authority authority(PemFiles files) throws IOException, GeneralSecurityException {
    if (Files.exists(files.key(AUTHORITY)) || Files.exists(files.certificate(AUTHORITY))) {
      return Authority.of(files.read(AUTHORITY));
    }
    Authority authority = Authority.create("Gaitway lab", AUTHORITY_LIFE);
    write(files, AUTHORITY, authority.identity());
    return authority;
  }

  private void write(PemFiles files, String name, Identity identity) throws IOException {
    files.write(name, identity);
    PrintWriter out = command().commandLine().getOut();
    out.println(
        "%s and %s, valid until %s"
            .formatted(
                files.certificate(name),
                files.key(name),
                identity.certificate().getNotAfter().toInstant()));
    out.flush();
  }

  private void require(boolean allowed, String problem, String value) {
    if (!allowed) {
      throw new ParameterException(command().commandLine(), problem + " '" + value + "'");
    }
  }

  private CommandSpec command() {
    CommandSpec spec = command;
    if (spec == null) {
      throw new IllegalStateException("picocli has not filled in the command");
    }
    return spec;
  }
}
