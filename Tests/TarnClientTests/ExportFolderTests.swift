import Glibc
import TarnCore
import Testing

@testable import TarnClient

/// Where an export writes: below its folder, whatever stands there.
@Suite struct ExportFolderTests {
    let folder: TemporaryFolder

    init() throws {
        self.folder = try TemporaryFolder()
    }

    private func write(_ text: String, at path: String, _ target: ExportFolder) throws {
        let file = try target.create(Array(path.utf8)[...])
        try file.append(Array(text.utf8))
        _ = try file.publish(modifiedNanoseconds: nil)
    }

    @Test func filesOfMoreFoldersThanAreKeptOpenStandWhereTheyBelong() throws {
        let target = try ExportFolder(path: "\(self.folder.path)/out")
        let folders = (0..<2 * Limits.exportFoldersOpenMax).map { "a\($0 % 3)/b\($0)/c" }
        for index in 0..<3 { try target.makeDirectory(Array("a\(index)".utf8)[...]) }
        for path in folders {
            try target.makeDirectory(Array(path.dropLast(2).utf8)[...])
            try target.makeDirectory(Array(path.utf8)[...])
        }
        // Twice over all of them, so that each is opened, forgotten and opened again.
        for round in 0..<2 {
            for path in folders { try self.write("\(round) \(path)", at: "\(path)/\(round)", target) }
        }
        try self.write("top", at: "top", target)
        for round in 0..<2 {
            for path in folders {
                #expect(try self.folder.read("out/\(path)/\(round)") == Array("\(round) \(path)".utf8))
                #expect(try target.status(Array("\(path)/\(round)".utf8)[...])?.kind == .file)
            }
        }
        #expect(try self.folder.read("out/top") == Array("top".utf8))
        #expect(try target.status(Array("a0/missing/x".utf8)[...]) == nil)
    }

    @Test func `what an export left that was ended is deleted, and nothing that is being written`() throws {
        // No process has this number: Linux gives none above 2^22.
        let (left, own) = (".tarn-99999999-3", ".tarn-\(getpid())-4000")
        let kept = [own, ".tarn-x-1", ".tarn-99999999-1-2", ".tarn-99999999-", "tarn-99999999-1"]
        for folder in ["", "a/"] {
            for name in kept + [left] { try self.folder.write("out/\(folder)\(name)", name) }
        }
        let target = try ExportFolder(path: "\(self.folder.path)/out")
        try self.write("1", at: "a/1", target)
        for folder in ["", "a/"] {
            #expect(throws: (any Error).self) { try self.folder.read("out/\(folder)\(left)") }
            for name in kept { #expect(try self.folder.read("out/\(folder)\(name)") == Array(name.utf8)) }
        }
        // Left by an earlier process of this one's number.
        try self.folder.write("out/a/\(TemporaryName.make(2))", "left")
        try self.write("2", at: "a/2", target)
        #expect(try self.folder.read("out/a/2") == Array("2".utf8))
    }

    @Test func aFolderThatWasReplacedByALinkIsNotLeft() throws {
        let target = try ExportFolder(path: "\(self.folder.path)/out")
        try self.folder.makeDirectory("elsewhere")
        try target.makeDirectory(Array("a".utf8)[...])
        try self.write("before", at: "a/1", target)
        try self.folder.rename("out/a", "moved")
        #expect(symlinkTo("\(self.folder.path)/elsewhere", "\(self.folder.path)/out/a"))
        // An open folder is still the one that was opened; whoever opens it anew is refused.
        try self.write("after", at: "a/2", target)
        let other = try ExportFolder(path: "\(self.folder.path)/out")
        #expect(throws: SystemError.self) { try self.write("after", at: "a/3", other) }
        #expect(try self.folder.read("moved/2") == Array("after".utf8))
        #expect(throws: (any Error).self) { try self.folder.read("elsewhere/2") }
        #expect(throws: (any Error).self) { try self.folder.read("elsewhere/3") }
    }
}
