import Glibc
import TarnClient
import Testing

@Suite struct SourceScannerTests {
    private func scan(
        _ folder: TemporaryFolder,
        _ patterns: [String] = [],
        targetBytesCount: Int = 12
    ) async throws -> SourceTree {
        try await SourceScanner.scan(
            folder.path,
            patterns: IgnorePatterns(patterns),
            targetBytesCount: targetBytesCount
        )
    }

    private func names(_ tree: SourceTree) -> [String] {
        tree.items.indices.map { tree.name(at: $0) + (tree.items[$0].isDirectory ? "/" : "") }
    }

    @Test func whatAnInterruptedExportLeftIsNotFound() async throws {
        let folder = try TemporaryFolder()
        for name in [".tarn-99999999-3", "a/.tarn-12-get", "a/.tarnrc", ".tarn-a-3"] { try folder.write(name, name) }
        #expect(self.names(try await self.scan(folder)) == [".tarn-a-3", "a/", "a/.tarnrc"])
    }

    @Test func everythingIsFoundInTheOrderOfTheNamespace() async throws {
        let folder = try TemporaryFolder()
        for name in ["a/b", "a.txt", "a/ü ö/\u{1F600}", "a0", "z#?%"] { try folder.write(name, name) }
        try folder.makeDirectory("empty/deeper")
        let tree = try await self.scan(folder)
        #expect(
            self.names(tree) == [
                "a/", "a.txt", "a/b", "a/ü ö/", "a/ü ö/\u{1F600}", "a0", "empty/", "empty/deeper/", "z#?%",
            ]
        )
        #expect(tree.problems.isEmpty)
        #expect(tree.filesCount == 5)
        let index = try #require(tree.items.indices.first { tree.name(at: $0) == "a.txt" })
        #expect(tree.items[index].stamp.size == 5)
        #expect(tree.items[index].stamp.modifiedNanoseconds == Int64(folder.modified("a.txt")))
    }

    @Test func whatIsNeitherFileNorFolderIsNamedAndLeftOut() async throws {
        let folder = try TemporaryFolder()
        try folder.write("good", "x")
        symlink("good", "\(folder.path)/link")
        symlink("/", "\(folder.path)/rootlink")
        symlink("missing", "\(folder.path)/dangling")
        mkfifo("\(folder.path)/pipe", 0o600)
        let socketDescriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { space in
            space.copyBytes(from: "\(folder.path)/socket".utf8)
        }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socketDescriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        close(socketDescriptor)
        #expect(bound == 0)
        let tree = try await self.scan(folder)
        #expect(self.names(tree) == ["good"])
        #expect(Set(tree.problems.problems.map(\.path)) == ["link", "rootlink", "dangling", "pipe", "socket"])
        #expect(tree.problems.problems.first { $0.path == "link" }?.reason.contains("symbolic link") == true)
        #expect(tree.protectedPaths.count == 5)
    }

    @Test func aNameThatIsNotUTF8IsNamedAndLeftOut() async throws {
        let folder = try TemporaryFolder()
        var name = Array("\(folder.path)/bad".utf8CString.dropLast())
        name += [CChar(bitPattern: 0xff), 0]
        close(open(name, O_CREAT | O_WRONLY, 0o600))
        try folder.write("good", "x")
        let tree = try await self.scan(folder)
        #expect(self.names(tree) == ["good"])
        #expect(tree.problems.problems.first?.reason.contains("UTF-8") == true)
    }

    @Test func aPathThatWouldBeTooLongIsNamedAndLeftOut() async throws {
        let folder = try TemporaryFolder()
        try folder.write(String(repeating: "x", count: 100), "x")
        try folder.write("y", "y")
        let tree = try await self.scan(folder, targetBytesCount: 4_000)
        #expect(self.names(tree) == ["y"])
        #expect(tree.problems.problems.first?.reason.contains("4096") == true)
    }

    @Test func anExcludedFolderIsNotEntered() async throws {
        let folder = try TemporaryFolder()
        try folder.write(".git/objects/x", "x")
        try folder.write("src/a.pyc", "x")
        try folder.write("src/a.py", "x")
        symlink("x", "\(folder.path)/.git/link")
        let tree = try await self.scan(folder, [".git/", "*.pyc"])
        #expect(self.names(tree) == ["src/", "src/a.py"])
        #expect(tree.problems.isEmpty)
        #expect(tree.protectedPaths.map { String(decoding: $0, as: UTF8.self) } == [".git", "src/a.pyc"])
    }

    @Test func aFileOrNothingIsNoSource() async throws {
        let folder = try TemporaryFolder()
        try folder.write("file", "x")
        for name in ["file", "missing"] {
            let error = await #expect(throws: ClientError.self) {
                try await SourceScanner.scan(
                    "\(folder.path)/\(name)",
                    patterns: IgnorePatterns([]),
                    targetBytesCount: 1
                )
            }
            #expect(error?.code == .usage)
        }
    }
}
