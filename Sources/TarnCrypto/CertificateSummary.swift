/// What a certificate says, as far as peers are judged by it.
package struct CertificateSummary: Hashable, Sendable {
    /// Empty when the subject has none.
    package let commonName: String
    /// The common name of whoever signed it; empty when there is none.
    package let issuer: String
    package let dnsNames: [String]
    package let uris: [String]
    /// Seconds since 1970.
    package let expiresAtSeconds: Int64

    init(commonName: String, issuer: String, dnsNames: [String], uris: [String], expiresAtSeconds: Int64) {
        self.commonName = commonName
        self.issuer = issuer
        self.dnsNames = dnsNames
        self.uris = uris
        self.expiresAtSeconds = expiresAtSeconds
    }

    /// Reads the first certificate of a PEM text: how expiry is watched. Throws `invalidCertificate`.
    package init(pem: String) throws(CryptoError) {
        self = try Certificate(pem: pem).summary()
    }

    /// Reads a certificate's DER bytes. Throws `invalidCertificate`.
    package init(der: [UInt8]) throws(CryptoError) {
        self = try Certificate(der: der).summary()
    }
}
