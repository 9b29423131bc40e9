internal import NIOCore
package import TarnClient
internal import TarnCore
internal import TarnCrypto

/// Objects in a bucket of any service that speaks S3, addressed by path: large ones in parts, requests that a service
/// was too busy for again.
package struct S3Store: ObjectStore {
    /// Larger objects go in parts of this size; a service wants 5 MiB at least, and 10,000 parts at most.
    static let partBytesCount: UInt64 = 16 << 20
    /// A part, or a page of a listing.
    private static let answerBytesMax = 16 << 20
    private static let attemptsMax = 6
    /// Before the second attempt; before each later one it is twice as long.
    private static let firstPauseMilliseconds = 200
    private static let deadlineMilliseconds = 300_000

    private struct Answer {
        let headers: [String: String]
        let body: [UInt8]
    }

    private let credentials: S3Credentials
    private let bucket: String
    private let prefix: String
    private let transport: any TarnTransport
    private let clock: @Sendable () -> UInt64

    /// `clock` tells microseconds since 1970.
    package init(
        credentials: S3Credentials,
        bucket: String,
        prefix: String,
        transport: any TarnTransport,
        clock: @escaping @Sendable () -> UInt64
    ) {
        self.credentials = credentials
        self.bucket = bucket
        self.prefix = prefix
        self.transport = transport
        self.clock = clock
    }

    package var description: String { "s3://\(self.bucket)/\(self.prefix)" }

    package func list(_ folder: String) async throws -> [StoredObject] {
        var out: [StoredObject] = []
        var token: String?
        repeat {
            var query = [("list-type", "2"), ("prefix", self.prefix + folder)]
            if let token { query.append(("continuation-token", token)) }
            let answer = S3Answer(try await self.request(.get, nil, query: query).body)
            for item in answer.parts("Contents") {
                guard let key = item["Key"], key.hasPrefix(self.prefix), let size = item["Size"].flatMap({ UInt64($0) })
                else { continue }
                out.append(StoredObject(name: String(key.dropFirst(self.prefix.count)), bytesCount: size))
            }
            token = answer["IsTruncated"] == "true" ? answer["NextContinuationToken"] : nil
        } while token != nil
        return out.sorted { $0.name < $1.name }
    }

    package func read(
        _ name: String,
        receive: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws -> Bool {
        // In ranges, so that an interruption costs one of them, and memory stays bounded.
        var offset: UInt64 = 0
        while true {
            let last = offset + Self.partBytesCount - 1
            let answer: Answer
            do {
                answer = try await self.request(.get, name, headers: [("range", "bytes=\(offset)-\(last)")])
            } catch let error as ClientError {
                if error.status == 404 { return false }
                // Nothing lies behind the end, and an empty object has no range at all.
                if error.status == 416 { return true }
                throw error
            }
            if !answer.body.isEmpty { try await receive(answer.body) }
            offset += UInt64(answer.body.count)
            // Who knows no ranges sends everything at once; some who do call it 200 all the same.
            let isPart = answer.headers["content-range"] != nil
            if !isPart || UInt64(answer.body.count) < Self.partBytesCount { return true }
        }
    }

    package func write(
        _ name: String,
        bytesCount: UInt64,
        piece: @escaping @Sendable (Range<UInt64>) async throws -> [UInt8]
    ) async throws {
        guard bytesCount > Self.partBytesCount else {
            _ = try await self.request(.put, name, body: try await piece(0..<bytesCount))
            return
        }
        let started = S3Answer(try await self.request(.post, name, query: [("uploads", "")]).body)
        guard let upload = started["UploadId"] else {
            throw ClientError(.failed, "\(self.description)\(name): the service names no upload for an object in parts")
        }
        do {
            try await self.write(name, bytesCount: bytesCount, upload: upload, piece: piece)
        } catch {
            // What is left of it would cost money and be seen by nobody.
            _ = try? await self.request(.delete, name, query: [("uploadId", upload)])
            throw error
        }
    }

    private func write(
        _ name: String,
        bytesCount: UInt64,
        upload: String,
        piece: @escaping @Sendable (Range<UInt64>) async throws -> [UInt8]
    ) async throws {
        var list = "<CompleteMultipartUpload>"
        var number = 0
        for start in stride(from: 0, to: bytesCount, by: Int(Self.partBytesCount)) {
            number += 1
            let bytes = try await piece(start..<min(bytesCount, start + Self.partBytesCount))
            let query = [("partNumber", String(number)), ("uploadId", upload)]
            let answer = try await self.request(.put, name, query: query, body: bytes)
            guard let tag = answer.headers["etag"] else {
                throw ClientError(
                    .failed,
                    "\(self.description)\(name): the service acknowledges part \(number) by no ETag"
                )
            }
            list += "<Part><PartNumber>\(number)</PartNumber><ETag>\(tag)</ETag></Part>"
        }
        list += "</CompleteMultipartUpload>"
        let query = [("uploadId", upload)]
        let done = S3Answer(try await self.request(.post, name, query: query, body: Array(list.utf8)).body)
        // This one answer may be an error with the status of success.
        if let code = done["Code"] {
            throw ClientError(.failed, "\(self.description)\(name): \(code): \(done["Message"] ?? "")")
        }
    }

    package func remove(_ name: String) async throws {
        do {
            _ = try await self.request(.delete, name)
        } catch let error as ClientError {
            guard error.status == 404 else { throw error }
        }
    }

    /// One request, again while the service is too busy or the connection breaks: all of them may be repeated. Throws
    /// ``ClientError`` naming the object.
    private func request(
        _ method: TransportRequest.Method,
        _ name: String?,
        query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) async throws -> Answer {
        var pause = Self.firstPauseMilliseconds
        var attempt = 1
        while true {
            let failure: ClientError
            do {
                return try await self.attempt(method, name, query: query, headers: headers, body: body)
            } catch let error as TransportFailure {
                failure = ClientError(.failed, "\(self.description)\(name ?? ""): \(error.message)")
            } catch let error as ClientError where error.status.map({ $0 >= 500 || $0 == 429 }) ?? false {
                failure = error
            }
            guard attempt < Self.attemptsMax else { throw failure }
            try await self.transport.pause(milliseconds: pause)
            attempt += 1
            pause *= 2
        }
    }

    private func attempt(
        _ method: TransportRequest.Method,
        _ name: String?,
        query: [(name: String, value: String)],
        headers: [(name: String, value: String)],
        body: [UInt8]
    ) async throws -> Answer {
        let path = "/\(self.bucket)" + (name.map { "/\(self.prefix)\($0)" } ?? "")
        let payload = try await BlockingWork.run { SHA256.digest(body) }
        let signature = SignatureV4(credentials: self.credentials, now: self.clock())
        let signed = signature.headers(method: method.rawValue, path: path, query: query, payload: payload)
        let encoded = SignatureV4.encode(path, keepsSlash: true)
        let request = TransportRequest(
            method,
            query.isEmpty ? encoded : "\(encoded)?\(SignatureV4.canonical(query))",
            headers: headers + signed,
            body: method == .put || method == .post ? ByteBuffer(bytes: body) : nil,
            deadlineMilliseconds: Self.deadlineMilliseconds
        )
        let collector = PieceCollector(name: name ?? "listing", bytesMax: Self.answerBytesMax + 1)
        let head = try await self.transport.exchange(request, with: self.credentials.endpoint) { _, part in
            try collector.append(Array(part.readableBytesView))
        }
        guard (200..<300).contains(head.status) else {
            let answer = S3Answer(collector.bytes)
            let reason = answer["Code"].map { "\($0): \(answer["Message"] ?? "")" } ?? "HTTP status \(head.status)"
            let code: ClientError.Code = head.status < 500 ? .rejected : .failed
            throw ClientError(code, "\(self.description)\(name ?? ""): \(reason)", status: head.status)
        }
        return Answer(headers: head.headers, body: collector.bytes)
    }
}
