import TarnCore
import TarnTestKit
import Testing

@Suite struct CanonicalEncodingTests {
    @Test(
        arguments: [
            (0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (300, "ac02"), (16_384, "808001"),
            (UInt64.max, "ffffffffffffffffff01"),
        ] as [(UInt64, String)]
    )
    func integersHaveOneForm(value: UInt64, hex: String) throws {
        var writer = CanonicalWriter()
        writer.write(value)
        #expect(Hex.encode(writer.bytes) == hex)
        var reader = CanonicalReader(writer.bytes)
        #expect(try reader.readUInt64() == value)
        try reader.expectEnd()
    }

    @Test(arguments: [
        "", "80", "8000", "8100", "ff00", "ffffffffffffffffff02", "ffffffffffffffffff81", "8080808080808080808001",
        "80808080808080808000",
    ])
    func otherFormsOfIntegersAreRejected(hex: String) throws {
        var reader = CanonicalReader(try #require(Hex.decode(hex.utf8)))
        #expect(throws: CoreError.self) { try reader.readUInt64() }
    }

    @Test func readsStayInsideTheInput() throws {
        var reader = CanonicalReader([5, 1, 2, 3])
        #expect(throws: CoreError.self) { try reader.readBytes(max: 100) }
        reader = CanonicalReader([5, 1, 2, 3, 4, 5])
        #expect(throws: CoreError.self) { try reader.readBytes(max: 4) }
        reader = CanonicalReader([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])
        #expect(throws: CoreError.self) { try reader.readBytes(max: .max) }
        reader = CanonicalReader(Array(repeating: 1, count: 31))
        #expect(throws: CoreError.self) { try reader.readDigest() }
        reader = CanonicalReader([2, 0xc3, 0x28])
        #expect(throws: CoreError.self) { try reader.readString(max: 10) }
        reader = CanonicalReader([1, 2])
        _ = try reader.readByte()
        #expect(reader.remaining == 1 && reader.offset == 1)
        #expect(throws: CoreError.self) { try reader.expectEnd() }
        #expect(throws: CoreError.self) { try reader.readRaw(count: -1) }
    }

    @Test func slicesReadLikeArrays() throws {
        let bytes: [UInt8] = [9, 9] + Array(repeating: 7, count: 32) + [3]
        var reader = CanonicalReader(bytes[2...])
        #expect(try reader.readDigest() == Digest(bytes: Array(repeating: 7, count: 32)))
        #expect(try reader.readByte() == 3)
    }

    @Test(arguments: 0..<20)
    func entriesAndChangeSetsSurviveTheRoundTrip(seed: Int) throws {
        var generator = NamespaceGenerator(seed: UInt64(seed))
        for _ in 0..<100 {
            let entry = generator.entry()
            var writer = CanonicalWriter()
            entry.encode(into: &writer)
            var reader = CanonicalReader(writer.bytes)
            #expect(try Entry(from: &reader) == entry)
            try reader.expectEnd()
        }
        let set = try ChangeSet(generator.changes(count: 50))
        #expect(try ChangeSet(decoding: set.encoded()) == set)
    }

    @Test(arguments: 0..<10)
    func whatDecodesEncodesToTheSameBytes(seed: Int) throws {
        var generator = NamespaceGenerator(seed: UInt64(seed))
        let bytes = try ChangeSet(generator.changes(count: 4)).encoded()
        for index in bytes.indices {
            for _ in 0..<4 {
                var damaged = bytes
                damaged[index] = UInt8(truncatingIfNeeded: generator.random.next())
                guard let set = try? ChangeSet(decoding: damaged) else { continue }
                #expect(set.encoded() == damaged, "seed \(seed), byte \(index)")
            }
            #expect(throws: CoreError.self) { try ChangeSet(decoding: Array(bytes[..<index])) }
        }
        #expect(throws: CoreError.self) { try ChangeSet(decoding: bytes + [0]) }
    }

    @Test func entriesThatContradictThemselvesAreRejected() {
        let limit = UInt64(Limits.blobBytesMax)
        let digest = Digest(words: 1, 2, 3, 4)
        #expect(throws: CoreError.self) { try Entry.file(content: digest, size: limit + 1) }
        #expect(throws: CoreError.self) { try Entry.file(content: digest, size: limit, manifest: digest) }
        #expect(throws: CoreError.self) {
            try Entry.file(content: digest, size: Limits.fileBytesMax + 1, manifest: digest)
        }
        #expect(throws: CoreError.self) {
            try Entry(kind: .directory, content: digest, size: 0, manifest: nil, attributes: Attributes())
        }
        #expect(throws: Never.self) { try Entry.file(content: digest, size: limit + 1, manifest: digest) }
        #expect(throws: Never.self) { try Entry.file(content: digest, size: 0) }
    }

    @Test func changeSetsHaveALimit() throws {
        let change = Change(path: .roots[0], action: .delete(recursive: false))
        let full = Array(repeating: change, count: Limits.changesPerSetMax)
        #expect(try ChangeSet(decoding: ChangeSet(full).encoded()).changes.count == Limits.changesPerSetMax)
        #expect(throws: CoreError.self) { try ChangeSet(full + [change]) }
        // A count that the bytes do not hold allocates nothing.
        #expect(throws: CoreError.self) { try ChangeSet(decoding: [0x80, 0x80, 0x01]) }
        #expect(throws: CoreError.self) { try ChangeSet(decoding: [0x81, 0x80, 0x01]) }
    }

    @Test func blobsOfASetAreNamedOnce() throws {
        let digest = Digest(words: 1, 0, 0, 0)
        let manifest = Digest(words: 2, 0, 0, 0)
        let small = try Entry.file(content: digest, size: 1)
        let large = try Entry.file(content: digest, size: UInt64(Limits.blobBytesMax) + 1, manifest: manifest)
        let set = try ChangeSet(
            [small, large, small, .directory()].enumerated().map { index, entry throws(CoreError) in
                Change(path: try NamespacePath("/workspace/\(index)"), action: .put(entry))
            }
        )
        #expect(set.blobs == [digest, manifest])
    }

    @Test("what is read out of an encoded set is what decoding it gives", arguments: 0..<10)
    func encodedSetsAreWalkedOver(seed: Int) throws {
        var generator = NamespaceGenerator(seed: UInt64(seed))
        let set = try ChangeSet(generator.changes(count: 50), source: seed.isMultiple(of: 2) ? "10.0.0.1" : "")
        let encoded = try EncodedChangeSet(set.encoded())
        #expect(encoded.source == set.source)
        #expect(try encoded.indices.map { try encoded.change(at: $0) } == set.changes)
        #expect(encoded.map(\.path) == set.changes.map(\.path))
        #expect(try encoded.blobs() == set.blobs)
        for (outline, change) in zip(encoded, set.changes) {
            switch (outline.action, change.action) {
            case (.put, .put): break
            case (.delete(let left), .delete(let right)): #expect(left == right)
            case (.move(let left), .move(let right)): #expect(left == right)
            default: Issue.record("\(outline) for \(change)")
            }
        }
    }

    @Test("damage of an encoded set is an error or another set, never the end of the process", arguments: 0..<10)
    func damagedEncodedSets(seed: Int) throws {
        var generator = NamespaceGenerator(seed: UInt64(seed))
        let bytes = try ChangeSet(generator.changes(count: 4)).encoded()
        for index in bytes.indices {
            for _ in 0..<4 {
                var damaged = bytes
                damaged[index] = UInt8(truncatingIfNeeded: generator.random.next())
                guard let encoded = try? EncodedChangeSet(damaged) else {
                    #expect(throws: CoreError.self) { try ChangeSet(decoding: damaged) }
                    continue
                }
                #expect(encoded.map(\.path).count == encoded.count)
                #expect(throws: Never.self) { try encoded.blobs() }
                guard let set = try? ChangeSet(decoding: damaged) else { continue }
                #expect(encoded.map(\.path) == set.changes.map(\.path))
            }
            #expect(throws: CoreError.self) { try EncodedChangeSet(Array(bytes[..<index])) }
        }
    }
}
