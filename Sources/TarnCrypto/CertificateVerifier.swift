internal import COpenSSL

/// Judges the certificates of peers against the authority of the cluster; for as long as one follows another, against
/// both.
package final class CertificateVerifier: @unchecked Sendable {
    /// The end of a connection that shows the certificate.
    package enum Purpose: Sendable {
        case client
        case server
    }

    // A store is reference-counted and locks itself; after `init` it is only read.
    private let store: OpaquePointer
    /// The cluster that the authority is named after.
    package let cluster: String

    /// `authorityPEM` holds one certificate, or that of the present authority and then those before it. Throws
    /// `invalidCertificate` when they are not certificates of one cluster's authorities.
    package init(authorityPEM: String) throws(CryptoError) {
        let texts = PEMBundle.certificates(in: authorityPEM)
        self.cluster = try CertificateAuthority.cluster(of: CertificateSummary(pem: texts.first ?? authorityPEM))
        guard let store = X509_STORE_new() else { throw .library(.unavailable, "libcrypto is out of memory") }
        self.store = store
        for text in texts {
            let authority = try Certificate(pem: text)
            guard try CertificateAuthority.cluster(of: authority.summary()) == self.cluster else {
                throw CryptoError(.invalidCertificate, "authorities of two clusters are trusted at once")
            }
            guard X509_STORE_add_cert(store, authority.pointer) == 1 else {
                throw .library(.invalidCertificate, "cannot trust the cluster's authority")
            }
        }
    }

    deinit {
        X509_STORE_free(self.store)
    }

    /// The same for a certificate in PEM form.
    package func verify(pem: String, purpose: Purpose) throws(CryptoError) -> CertificateSummary {
        try self.verify(Certificate(pem: pem), purpose: purpose)
    }

    /// What the certificate with these DER bytes says, once it is proved to be signed by the authority, within its
    /// period and meant for `purpose`. Throws `untrusted` with the reason and the names, so that a refusal explains
    /// itself.
    package func verify(der: [UInt8], purpose: Purpose) throws(CryptoError) -> CertificateSummary {
        try self.verify(Certificate(der: der), purpose: purpose)
    }

    private func verify(
        _ certificate: borrowing Certificate,
        purpose: Purpose
    ) throws(CryptoError) -> CertificateSummary {
        let summary = certificate.summary()
        guard let context = X509_STORE_CTX_new() else { throw .library(.unavailable, "libcrypto is out of memory") }
        defer { X509_STORE_CTX_free(context) }
        let use = purpose == .client ? X509_PURPOSE_SSL_CLIENT : X509_PURPOSE_SSL_SERVER
        guard X509_STORE_CTX_init(context, self.store, certificate.pointer, nil) == 1,
            X509_STORE_CTX_set_purpose(context, use) == 1
        else { throw .library(.unavailable, "cannot verify a certificate") }
        guard X509_verify_cert(context) == 1 else {
            let reason = String(cString: X509_verify_cert_error_string(Int(X509_STORE_CTX_get_error(context))))
            ERR_clear_error()
            throw CryptoError(
                .untrusted,
                "certificate '\(summary.commonName)' (\(summary.uris.joined(separator: " "))), issued by '\(summary.issuer)', "
                    + "is not accepted by the authority of cluster \(self.cluster): \(reason)"
            )
        }
        return summary
    }
}
