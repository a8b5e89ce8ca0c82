package io.gaitway.server.certificate;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine;

/** A lab's certificates, made as its operator makes them, and some that have ended. */
public record Lab(Path directory) {
  /** Makes an authority, a server on 127.0.0.1 and a client "ann". */
  public static Lab in(Path directory) {
    Lab lab = new Lab(directory);
    String said = lab.run("--server", "localhost", "--server", "127.0.0.1", "--client", "ann");
    if (!said.contains("server-key.pem")) {
      throw new AssertionError(said);
    }
    return lab;
  }

  /** Runs the command and returns what it says. */
  public String run(String... options) {
    StringWriter said = new StringWriter();
    CommandLine line = new CommandLine(new CertificateCommand());
    line.setOut(new PrintWriter(said)).setErr(new PrintWriter(said));
    String[] arguments = new String[options.length + 1];
    arguments[0] = directory.toString();
    System.arraycopy(options, 0, arguments, 1, options.length);
    line.execute(arguments);
    return said.toString();
  }

  public Path file(String name) {
    return directory.resolve(name);
  }

  /** Replaces the server's and the client's certificates by ones that have ended. */
  public void expire() throws IOException, GeneralSecurityException {
    PemFiles files = new PemFiles(directory);
    Authority authority = Authority.of(files.read("ca"));
    Instant past = Instant.now().minusSeconds(60);
    files.write("server", authority.server(List.of("localhost", "127.0.0.1"), past));
    files.write("client-ann", authority.client("ann", past));
  }
}
