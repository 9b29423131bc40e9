internal import TarnBlobStore

extension NodeError {
    /// What a client is told about an error of the store.
    init(_ error: StoreError) {
        switch error.code {
        case .notFound: self.init(.notFound, error.message)
        case .invalid: self.init(.invalidRequest, error.message)
        case .corrupt:
            self.init(.unavailable, "\(error.message); it is being fetched from another datacentre, or read it there")
        case .noSpace, .readOnly, .overloaded, .closed: self.init(.unavailable, error.message)
        case .missingBase, .wrongStore, .storage: self.init(.internalError, error.message)
        }
    }

    /// Runs `body`, and puts what the store has to say into a client's terms.
    static func translatingStoreErrors<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as StoreError {
            throw NodeError(error)
        }
    }
}
