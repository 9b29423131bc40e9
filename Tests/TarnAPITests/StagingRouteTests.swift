import HTTPTypes
import TarnCore
import TarnCrypto
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct StagingRouteTests {
    private static func frame(_ blobs: [[UInt8]]) -> [UInt8] {
        var writer = CanonicalWriter()
        for blob in blobs { writer.write(bytes: blob) }
        return writer.bytes
    }

    @Test func aBatchIsAnsweredWithItsAddresses() async throws {
        try await APITest.run { node, client async throws in
            let blobs = [Array("one".utf8), [], Array("two".utf8), Array("one".utf8)]
            let answer = try await client.send(.post, "/v1/stage", bytes: Self.frame(blobs), token: APITest.writer)
            #expect(answer.status == 200)
            #expect(answer.bytes == blobs.flatMap { SHA256.digest($0).bytes })
            #expect(answer.header("Tarn-New-Blobs") == "3")
            #expect(answer.header("Tarn-New-Bytes") == "120")
            #expect(try await node.contains(blobs.map { SHA256.digest($0) }) == [true, true, true, true])
        }
    }

    @Test func brokenFramesStoreNothing() async throws {
        try await APITest.run { node, client async throws in
            for body in [[5, 1, 2], [0x80, 0x00], [0xff, 0xff, 0xff, 0xff, 0xff, 0x01]] as [[UInt8]] {
                let answer = try await client.send(.post, "/v1/stage", bytes: body)
                #expect(answer.status == 400)
                #expect(answer.errorCode == "INVALID_REQUEST")
            }
            #expect(node.putSizes.isEmpty)
        }
    }

    @Test func aBatchHasABound() async throws {
        try await APITest.run { _, client async throws in
            let half = [UInt8](repeating: 1, count: (2 << 20) + 1)
            #expect(try await client.send(.post, "/v1/stage", bytes: Self.frame([half, half])).status == 413)
            let many = [UInt8](repeating: 0, count: Limits.stageBlobsMax + 1)
            #expect(try await client.send(.post, "/v1/stage", bytes: many).status == 413)
            let huge = [UInt8](repeating: 0, count: Limits.stageBodyBytesMax + 1)
            #expect(try await client.send(.post, "/v1/stage", bytes: huge).errorCode == "TOO_LARGE")
        }
    }

    @Test func wantTellsWhatIsThereBitByBit() async throws {
        try await APITest.run { node, client async throws in
            let blobs = (0..<11).map { [UInt8($0)] }
            _ = try await node.put(blobs: [blobs[0], blobs[3], blobs[10]])
            let addresses = blobs.map { SHA256.digest($0) }
            let answer = try await client.send(.post, "/v1/want", bytes: addresses.flatMap(\.bytes))
            #expect(answer.bytes == [0b0000_1001, 0b0000_0100])
            let list = addresses.map { "\"\($0.hex)\"" }.joined(separator: ",")
            let json = try await client.send(
                .post,
                "/v1/want",
                "{\"hashes\":[\(list)]}",
                headers: ["Content-Type": "application/json"]
            )
            #expect(try json.json["have"] as? [Bool] == (0..<11).map { [0, 3, 10].contains($0) })
        }
    }

    @Test func wantRejectsWhatAreNoHashes() async throws {
        try await APITest.run { _, client async throws in
            #expect(try await client.send(.post, "/v1/want", bytes: [1, 2, 3]).status == 400)
            let headers = ["Content-Type": "application/json; charset=utf-8"]
            for body in ["{\"hashes\":[\"xyz\"]}", "{\"hash\":[]}", "{\"hashes\":[", "[]"] {
                #expect(try await client.send(.post, "/v1/want", body, headers: headers).status == 400, "\(body)")
            }
            let tooMany = [UInt8](repeating: 0, count: (Limits.wantAddressesMax + 1) * 32)
            #expect(try await client.send(.post, "/v1/want", bytes: tooMany).status == 413)
            #expect(try await client.send(.post, "/v1/want", bytes: []).bytes.isEmpty)
        }
    }

    @Test func aBlobIsStoredUnderItsHashOnly() async throws {
        try await APITest.run { node, client async throws in
            let bytes = Array("blob".utf8)
            let address = SHA256.digest(bytes)
            let wrong = try await client.send(.put, "/v1/blobs/\(Digest.zero.hex)", bytes: bytes)
            #expect(wrong.status == 400)
            #expect(wrong.errorCode == "DIGEST_MISMATCH")
            #expect(node.putSizes.isEmpty)
            #expect(try await client.send(.head, "/v1/blobs/\(address.hex)").status == 404)
            #expect(try await client.send(.put, "/v1/blobs/\(address.hex)", bytes: bytes).status == 201)
            #expect(try await client.send(.put, "/v1/blobs/\(address.hex)", bytes: bytes).status == 200)
            #expect(try await client.send(.head, "/v1/blobs/\(address.hex)").status == 200)
            let get = try await client.get("/v1/blobs/\(address.hex)", token: APITest.reader)
            #expect(get.bytes == bytes)
            let tag = try #require(get.header("ETag"))
            #expect(try await client.get("/v1/blobs/\(address.hex)", headers: ["If-None-Match": tag]).status == 304)
            #expect(try await client.get("/v1/blobs/xyz").status == 400)
            #expect(try await client.get("/v1/blobs/\(Digest.zero.hex)").status == 404)
            let large = [UInt8](repeating: 0, count: Limits.blobBytesMax + 1)
            #expect(try await client.send(.put, "/v1/blobs/\(address.hex)", bytes: large).status == 413)
        }
    }

    @Test func aManifestNeedsItsChunks() async throws {
        try await APITest.run { node, client async throws in
            let chunks = [[UInt8](repeating: 1, count: Limits.chunkBytes), [2]]
            let manifest = try Manifest(
                content: SHA256.digest(chunks.flatMap { $0 }),
                size: UInt64(Limits.chunkBytes + 1),
                chunks: chunks.map { SHA256.digest($0) }
            )
            #expect(try await client.send(.post, "/v1/manifests", bytes: manifest.encoded()).status == 400)
            _ = try await node.put(blobs: chunks)
            let answer = try await client.send(.post, "/v1/manifests", bytes: manifest.encoded())
            #expect(answer.status == 201)
            #expect(answer.bytes == SHA256.digest(manifest.encoded()).bytes)
            #expect(try await client.send(.post, "/v1/manifests", bytes: [9, 9]).errorCode == "INVALID_REQUEST")
        }
    }

    @Test func contentOfSecretsIsNotToldByItsHash() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/meta/secret/s", "hush")
            let address = SHA256.digest(Array("hush".utf8)).hex
            #expect(try await client.get("/v1/blobs/\(address)", token: APITest.reader).status == 403)
            #expect(try await client.get("/v1/blobs/\(address)").text == "hush")
            let copy = "{\"changes\":[{\"path\":\"/workspace/x\",\"put\":{\"sha256\":\"\(address)\",\"size\":4}}]}"
            #expect(try await client.send(.post, "/v1/changes", copy, token: APITest.writer).status == 403)
            #expect(try await client.send(.post, "/v1/changes", copy).status == 200)
        }
    }
}
