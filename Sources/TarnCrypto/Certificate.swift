internal import COpenSSL

/// An owned `X509`.
struct Certificate: ~Copyable {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) {
        self.pointer = pointer
    }

    init(pem: String) throws(CryptoError) {
        let source = try MemoryBuffer.holding(pem)
        guard let pointer = PEM_read_bio_X509(source.pointer, nil, nil, nil) else {
            throw .library(.invalidCertificate, "not a certificate in PEM form")
        }
        self.pointer = pointer
    }

    init(der: [UInt8]) throws(CryptoError) {
        let decoded = der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var position = buffer.baseAddress
            return d2i_X509(nil, &position, buffer.count)
        }
        guard let decoded else { throw .library(.invalidCertificate, "not a certificate in DER form") }
        self.pointer = decoded
    }

    deinit {
        X509_free(self.pointer)
    }

    func pem() throws(CryptoError) -> String {
        let target = try MemoryBuffer()
        guard PEM_write_bio_X509(target.pointer, self.pointer) == 1 else {
            throw .library(.unavailable, "cannot write a certificate")
        }
        return target.text()
    }

    func summary() -> CertificateSummary {
        var dnsNames: [String] = []
        var uris: [String] = []
        for (kind, name) in self.alternativeNames() {
            if kind == GEN_DNS { dnsNames.append(name) }
            if kind == GEN_URI { uris.append(name) }
        }
        return CertificateSummary(
            commonName: Self.commonName(X509_get_subject_name(self.pointer)),
            issuer: Self.commonName(X509_get_issuer_name(self.pointer)),
            dnsNames: dnsNames,
            uris: uris,
            expiresAtSeconds: Self.seconds(X509_get0_notAfter(self.pointer))
        )
    }

    /// Kind and text of every subject alternative name that is a string.
    private func alternativeNames() -> [(kind: Int32, name: String)] {
        guard let raw = X509_get_ext_d2i(self.pointer, NID_subject_alt_name, nil, nil) else { return [] }
        let names = OpaquePointer(raw)
        defer { GENERAL_NAMES_free(names) }
        var found: [(kind: Int32, name: String)] = []
        for index in 0..<OPENSSL_sk_num(names) {
            guard let entry = OPENSSL_sk_value(names, index) else { continue }
            var kind: Int32 = -1
            let value = GENERAL_NAME_get0_value(entry.assumingMemoryBound(to: GENERAL_NAME.self), &kind)
            // Only these two kinds are read, and both hold an ASN1_IA5STRING.
            guard let value, kind == GEN_DNS || kind == GEN_URI else {
                continue
            }
            let text = value.assumingMemoryBound(to: ASN1_STRING.self)
            let bytes = UnsafeBufferPointer(start: ASN1_STRING_get0_data(text), count: Int(ASN1_STRING_length(text)))
            found.append((kind, String(decoding: bytes, as: UTF8.self)))
        }
        return found
    }

    private static func commonName(_ name: OpaquePointer?) -> String {
        let index = X509_NAME_get_index_by_NID(name, NID_commonName, -1)
        guard index >= 0, let entry = X509_NAME_get_entry(name, index), let text = X509_NAME_ENTRY_get_data(entry)
        else {
            return ""
        }
        let bytes = UnsafeBufferPointer(start: ASN1_STRING_get0_data(text), count: Int(ASN1_STRING_length(text)))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Seconds since 1970, by the distance from 1970 itself, because libcrypto offers no direct way.
    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        var days: Int32 = 0
        var seconds: Int32 = 0
        guard let epoch = ASN1_TIME_set(nil, 0) else { return 0 }
        defer { ASN1_STRING_free(epoch) }
        guard ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return 0 }
        return Int64(days) * 86_400 + Int64(seconds)
    }
}
