package io.gaitway.server.certificate;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority of a lab's own, with keys on the curve P-256. */
final class Authority {
  /** Clocks of clients may be late. */
  private static final Duration EARLIER = Duration.ofHours(1);

  private static final int SERIAL_BITS = 120;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Identity identity;

  private Authority(Identity identity) {
    this.identity = identity;
  }

  /** The authority that a certificate and its key make. */
  static Authority of(Identity identity) {
    return new Authority(identity);
  }

  /** A new authority. */
  static Authority create(String name, Duration life) throws GeneralSecurityException {
    KeyPair keys = keys();
    X500Principal subject = new X500Principal("CN=" + name);
    X509Certificate certificate =
        certificate(
            subject,
            subject,
            keys,
            keys.getPrivate(),
            Instant.now().plus(life),
            builder -> {
              builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
              builder.addExtension(
                  Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            });
    return new Authority(new Identity(certificate, keys.getPrivate()));
  }

  /** Its own certificate and key. */
  Identity identity() {
    return identity;
  }

  /**
   * A certificate for a server.
   *
   * @param names host names and IP addresses that clients connect to, at least one
   */
  Identity server(List<String> names, Instant end) throws GeneralSecurityException {
    GeneralName[] alternatives =
        names.stream()
            .map(
                name ->
                    new GeneralName(
                        HostNames.isAddress(name) ? GeneralName.iPAddress : GeneralName.dNSName,
                        name))
            .toArray(GeneralName[]::new);
    return issue(names.get(0), KeyPurposeId.id_kp_serverAuth, new GeneralNames(alternatives), end);
  }

  /** A certificate for a client. */
  Identity client(String name, Instant end) throws GeneralSecurityException {
    GeneralNames alternatives = new GeneralNames(new GeneralName(GeneralName.dNSName, name));
    return issue(name, KeyPurposeId.id_kp_clientAuth, alternatives, end);
  }

  private Identity issue(String name, KeyPurposeId purpose, GeneralNames alternatives, Instant end)
      throws GeneralSecurityException {
    KeyPair keys = keys();
    X509Certificate certificate =
        certificate(
            identity.certificate().getSubjectX500Principal(),
            new X500Principal("CN=" + name),
            keys,
            identity.key(),
            end,
            builder -> {
              builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
              builder.addExtension(
                  Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
              builder.addExtension(
                  Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
              builder.addExtension(Extension.subjectAlternativeName, false, alternatives);
              builder.addExtension(
                  Extension.authorityKeyIdentifier,
                  false,
                  new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(identity.certificate()));
            });
    return new Identity(certificate, keys.getPrivate());
  }

  /** Adds what a kind of certificate needs. */
  private interface Extensions {
    void addTo(JcaX509v3CertificateBuilder builder) throws IOException, GeneralSecurityException;
  }

  private static X509Certificate certificate(
      X500Principal issuer,
      X500Principal subject,
      KeyPair keys,
      PrivateKey signer,
      Instant end,
      Extensions extensions)
      throws GeneralSecurityException {
    Instant now = Instant.now();
    Instant start = (end.isBefore(now) ? end : now).minus(EARLIER);
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            issuer,
            new BigInteger(SERIAL_BITS, RANDOM).setBit(SERIAL_BITS),
            Date.from(start),
            Date.from(end),
            subject,
            keys.getPublic());
    try {
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
      extensions.addTo(builder);
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer)));
    } catch (IOException | OperatorCreationException e) {
      throw new GeneralSecurityException(e);
    }
  }

  private static KeyPair keys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }
}
