package import TarnCore

/// Why a client command did not do what was asked, in the four ways that the exit code tells apart.
package struct ClientError: Error, Sendable, CustomStringConvertible {
    package enum Code: Int32, Sendable {
        /// Something on this side, or a node that cannot be reached.
        case failed = 1
        /// The command or a configuration file is wrong.
        case usage = 2
        /// A clear answer of the cluster: conflict, not found, no permission, no quorum.
        case rejected = 3
        /// A write may or may not have been ordered.
        case unknownOutcome = 4
    }

    package let code: Code
    package let message: String
    /// The HTTP status of the answer that rejected the request, or nil when no answer did.
    package let status: Int?
    /// `error_code` of that answer, such as `NOT_FOUND`; ``wrongContentCode`` for an answer that had none.
    package let errorCode: String?

    package init(_ code: Code, _ message: String, status: Int? = nil, errorCode: String? = nil) {
        self.code = code
        self.message = message
        self.status = status
        self.errorCode = errorCode
    }

    package var description: String { self.message }
    /// What the process ends with.
    package var exitCode: Int32 { self.code.rawValue }
    package var isNotFound: Bool { self.status == 404 }
    /// A blob that was to be named is stored nowhere: it has to be staged again.
    package var isBlobMissing: Bool { self.errorCode == "BLOB_MISSING" }
    /// What came is not what its entry says: this one file cannot be had, whoever asks again.
    var isWrongContent: Bool { self.errorCode == Self.wrongContentCode }
    /// A node that answered could not give what was asked for: it may be that, or the node.
    var isNotServed: Bool { self.status == 500 || self.status == 503 }
    /// The op, root or time that was asked for is not kept.
    package var isGone: Bool { self.status == 410 }
}

extension ClientError {
    /// What `path` should have been named as, when it is no path of the namespace.
    package init(path error: CoreError) {
        self.init(.usage, "\(error.message); give an absolute path such as /workspace/team/notebook.py")
    }

    private static let wrongContentCode = "WRONG_CONTENT"

    /// The content of `path` does not have the hash that its entry names.
    static func wrongContent(_ path: NamespacePath, _ expected: BlobAddress) -> ClientError {
        ClientError(
            .failed,
            "\(path): the bytes received do not have the SHA-256 \(expected)",
            errorCode: self.wrongContentCode
        )
    }

    /// An answer that does not have the form that this version of the client knows.
    static func unreadable(_ what: String, _ reason: any Error) -> ClientError {
        ClientError(
            .failed,
            "the answer to \(what) cannot be read: \(reason); do client and node have the same version?"
        )
    }
}
