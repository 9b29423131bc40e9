internal import COpenSSL

/// Fills in and signs one X.509 version 3 certificate.
struct CertificateBuilder: ~Copyable {
    private let certificate: Certificate

    init(commonName: String, validity: CertificateValidity, key: borrowing KeyPair) throws(CryptoError) {
        guard let pointer = X509_new() else { throw .library(.unavailable, "libcrypto is out of memory") }
        let certificate = Certificate(owning: pointer)
        // The first bit is cleared because a serial number must be positive.
        var serial = try SecureRandom.bytes(count: 16)
        serial[0] = serial[0] & 0x7f | 0x40
        let number = BN_bin2bn(serial, Int32(serial.count), nil)
        defer { BN_free(number) }
        guard X509_set_version(pointer, 2) == 1, BN_to_ASN1_INTEGER(number, X509_get_serialNumber(pointer)) != nil,
            ASN1_TIME_set(X509_getm_notBefore(pointer), Int(validity.startSeconds)) != nil,
            ASN1_TIME_set(X509_getm_notAfter(pointer), Int(validity.startSeconds + validity.seconds)) != nil,
            X509_set_pubkey(pointer, key.pointer) == 1,
            X509_NAME_add_entry_by_NID(
                X509_get_subject_name(pointer),
                NID_commonName,
                MBSTRING_UTF8,
                Array(commonName.utf8),
                Int32(commonName.utf8.count),
                -1,
                0
            ) == 1
        else { throw .library(.invalidRequest, "cannot make a certificate for '\(commonName)'") }
        self.certificate = certificate
    }

    /// Adds an extension in the syntax of x509v3_config(5). `value` must not come from outside unchecked.
    func add(_ identifier: Int32, _ value: String, issuer: borrowing Certificate) throws(CryptoError) {
        try self.add(identifier, value, issuerPointer: issuer.pointer)
    }

    /// As ``add(_:_:issuer:)``, of a certificate that signs itself.
    func addSelfSigned(_ identifier: Int32, _ value: String) throws(CryptoError) {
        try self.add(identifier, value, issuerPointer: self.certificate.pointer)
    }

    consuming func sign(issuer: borrowing Certificate, key: borrowing KeyPair) throws(CryptoError) -> Certificate {
        try self.sign(issuerName: X509_get_subject_name(issuer.pointer), keyPointer: key.pointer)
    }

    consuming func signSelf(key: borrowing KeyPair) throws(CryptoError) -> Certificate {
        let name = X509_get_subject_name(self.certificate.pointer)
        return try self.sign(issuerName: name, keyPointer: key.pointer)
    }

    private func add(_ identifier: Int32, _ value: String, issuerPointer: OpaquePointer) throws(CryptoError) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuerPointer, self.certificate.pointer, nil, nil, 0)
        guard let made = X509V3_EXT_conf_nid(nil, &context, identifier, value) else {
            throw .library(.invalidRequest, "not a certificate extension: '\(value)'")
        }
        defer { X509_EXTENSION_free(made) }
        guard X509_add_ext(self.certificate.pointer, made, -1) == 1 else {
            throw .library(.unavailable, "cannot add a certificate extension")
        }
    }

    private consuming func sign(
        issuerName: OpaquePointer?,
        keyPointer: OpaquePointer
    ) throws(CryptoError) -> Certificate {
        guard X509_set_issuer_name(self.certificate.pointer, issuerName) == 1,
            X509_sign(self.certificate.pointer, keyPointer, EVP_sha256()) > 0
        else { throw .library(.unavailable, "cannot sign a certificate") }
        return self.certificate
    }
}
