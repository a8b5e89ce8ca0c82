package io.gaitway.server.certificate;

import io.grpc.util.CertificateUtils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateEncodingException;
import java.util.Base64;

/** Certificates and keys in PEM files of a directory: NAME.pem and NAME-key.pem, mode 0600. */
record PemFiles(Path directory) {
  private static final Base64.Encoder LINES =
      Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

  /** File of a certificate. */
  Path certificate(String name) {
    return directory.resolve(name + ".pem");
  }

  /** File of a private key. */
  Path key(String name) {
    return directory.resolve(name + "-key.pem");
  }

  /** Reads what {@link #write} wrote. */
  Identity read(String name) throws IOException {
    try (InputStream certificate = Files.newInputStream(certificate(name));
        InputStream key = Files.newInputStream(key(name))) {
      return new Identity(
          CertificateUtils.getX509Certificates(certificate)[0],
          CertificateUtils.getPrivateKey(key));
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new IOException(
          "%s and %s must hold a certificate and its key in PEM, but do not"
              .formatted(certificate(name), key(name)),
          e);
    }
  }

  /** Writes both files; those that are there are replaced, each as a whole. */
  void write(String name, Identity identity) throws IOException {
    Files.createDirectories(directory);
    write(key(name), pem("PRIVATE KEY", identity.key().getEncoded()), "rw-------");
    try {
      write(
          certificate(name), pem("CERTIFICATE", identity.certificate().getEncoded()), "rw-r--r--");
    } catch (CertificateEncodingException e) {
      throw new IOException(e);
    }
  }

  private static void write(Path file, String text, String mode) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    Files.deleteIfExists(next);
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createFile(
          next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)));
    }
    Files.writeString(next, text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String pem(String what, byte[] bytes) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(what, LINES.encodeToString(bytes), what);
  }
}
