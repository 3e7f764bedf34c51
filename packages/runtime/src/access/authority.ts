import { randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import type * as X509 from "@peculiar/x509";

/** A certificate and its private key (PEM). */
export type Certified = { readonly cert: string; readonly key: string };

/** Whoever says for a fleet who is who. */
export interface Authority {
  /**
   * A certificate for a client, or with `hosts` for a broker that is reached by these names or addresses.
   *
   * @param name common name: the user name of a member
   */
  issue(name: string, period: Period, hosts?: readonly string[]): Promise<Certified & { readonly serial: string }>;
  /** List (PEM) of the certificates that count no longer, by their serial numbers; good for as long as the authority's own. */
  revocations(serials: readonly string[], now: Date): Promise<string>;
}

/** When a certificate begins and ends to count. */
export type Period = { readonly from: Date; readonly until: Date };

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** The library, which nobody loads who makes no certificates: it patches the global Reflect. */
async function loadX509(): Promise<typeof X509> {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

/** Positive, and as random as RFC 5280 §4.1.2.2 lets it be. */
function createSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40;
  return bytes.toString("hex");
}

const generateKeys = (): Promise<webcrypto.CryptoKeyPair> => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${base64.replaceAll(/.{64}(?=.)/g, "$&\n")}\n-----END PRIVATE KEY-----\n`;
}

/** Certificate, signed by itself, and key of a new authority (X.509 version 3, RFC 5280; ECDSA on P-256). */
export async function createAuthority(name: string, period: Period): Promise<Certified> {
  const x509 = await loadX509();
  const keys = await generateKeys();
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: createSerial(),
    name: [{ CN: [name] }],
    notBefore: period.from,
    notAfter: period.until,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${cert.toString("pem")}\n`, key: await pemOf(keys.privateKey) };
}

/** The authority of a certificate and key that `createAuthority` gave. */
export async function openAuthority(authority: Certified): Promise<Authority> {
  const x509 = await loadX509();
  const own = new x509.X509Certificate(authority.cert);
  const pkcs8 = Buffer.from(authority.key.replaceAll(/-----.*-----|\s/g, ""), "base64");
  const signingKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
  return {
    issue: async (name, { from, until }, hosts) => {
      const keys = await generateKeys();
      const serial = createSerial();
      const usage = hosts === undefined ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth;
      const names = hosts?.map((host) => ({ type: isIP(host) === 0 ? ("dns" as const) : ("ip" as const), value: host }));
      const cert = await x509.X509CertificateGenerator.create({
        serialNumber: serial,
        subject: [{ CN: [name] }],
        issuer: own.subjectName,
        notBefore: from,
        notAfter: until,
        signingAlgorithm: algorithm,
        publicKey: keys.publicKey,
        signingKey,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([usage]),
          await x509.AuthorityKeyIdentifierExtension.create(own),
          ...(names === undefined ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
        ],
      });
      return { cert: `${cert.toString("pem")}\n`, key: await pemOf(keys.privateKey), serial };
    },
    revocations: async (serials, now) => {
      const crl = await x509.X509CrlGenerator.create({
        issuer: own.subjectName,
        thisUpdate: now,
        nextUpdate: own.notAfter,
        signingAlgorithm: algorithm,
        signingKey,
        entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: now })),
      });
      // RFC 7468 §6; the library's own label is one that OpenSSL does not know.
      return `${x509.PemConverter.encode(crl.rawData, "X509 CRL")}\n`;
    },
  };
}
