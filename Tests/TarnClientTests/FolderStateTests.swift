import TarnCore
import TarnTestKit
import Testing

@testable import TarnClient

@Suite struct FolderStateTests {
    private let subject = FolderState.Subject(
        cluster: "c0ffee",
        folder: "/some/folder",
        path: NamespacePath(unchecked: Array("/workspace/x".utf8))
    )

    private func records(seed: UInt64, count: Int) -> [FolderState.Record] {
        var random = SplitMix64(seed: seed)
        var paths: Set<String> = []
        while paths.count < count { paths.insert("d\(random.below(9))/e\(random.below(9))/f\(random.below(10_000))") }
        return paths.map { Array($0.utf8) }.sorted(by: Bytes.isLess).map { path in
            var record = FolderState.Record()
            record.path = path
            record.isDirectory = random.chance(percent: 10)
            if !record.isDirectory {
                record.stamp = FileStamp(
                    size: random.next(),
                    modifiedNanoseconds: Int64(bitPattern: random.next()),
                    changedNanoseconds: Int64(bitPattern: random.next()),
                    inode: random.next()
                )
                record.content = random.digest()
            }
            return record
        }
    }

    private func encode(_ records: [FolderState.Record]) -> [UInt8] {
        var writer = FolderStateWriter()
        for record in records {
            writer.append(
                path: record.path[...],
                isDirectory: record.isDirectory,
                stamp: record.stamp,
                content: record.content
            )
        }
        return writer.finish(subject: self.subject, op: Op(77), coversTarget: true)
    }

    @Test(arguments: [0, 1, 2, 500])
    func whatIsWrittenIsRead(count: Int) throws {
        let records = self.records(seed: UInt64(count), count: count)
        let state = try FolderState(decoding: self.encode(records))
        #expect(state.subject == self.subject)
        #expect(state.op == Op(77))
        #expect(state.coversTarget)
        #expect(state.count == count)
        var cursor = state.cursor()
        for record in records {
            #expect(try cursor.advance())
            #expect(cursor.record.path == record.path)
            #expect(cursor.record.isDirectory == record.isDirectory)
            if !record.isDirectory {
                #expect(cursor.record.stamp == record.stamp)
                #expect(cursor.record.content == record.content)
            }
        }
        #expect(try !cursor.advance())
    }

    @Test func everyDamagedBitAndEveryTornEndIsFound() {
        let bytes = self.encode(self.records(seed: 3, count: 20))
        for count in 0..<bytes.count {
            #expect(throws: CoreError.self, "cut at \(count)") { try FolderState(decoding: Array(bytes[..<count])) }
            var damaged = bytes
            damaged[count] ^= 1 << UInt8(count & 7)
            #expect(throws: CoreError.self, "damaged at \(count)") { try FolderState(decoding: damaged) }
        }
    }
}
