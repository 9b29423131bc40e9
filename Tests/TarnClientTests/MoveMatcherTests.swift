import TarnCore
import Testing

@testable import TarnClient

@Suite struct MoveMatcherTests {
    private func deletion(_ path: String, _ content: UInt64, size: UInt64 = 5) -> ImportPlan.Deletion {
        ImportPlan.Deletion(
            path: Array(path.utf8),
            isDirectory: false,
            content: Digest(words: content, 0, 0, 1),
            size: size,
            modifiedNanoseconds: 0,
            isBelowDeleted: false
        )
    }

    private func addition(_ index: Int, _ content: UInt64) throws -> MoveMatcher.Addition {
        MoveMatcher.Addition(
            index: index,
            stamp: FileStamp(size: 5, modifiedNanoseconds: 0, changedNanoseconds: 0, inode: 0),
            entry: try .file(content: Digest(words: content, 0, 0, 1), size: 5)
        )
    }

    @Test func aUniquePairIsAMove() throws {
        var matcher = MoveMatcher([self.deletion("old", 1), self.deletion("other", 2)], isEnabled: true)
        #expect(matcher.hold(try self.addition(7, 1)))
        #expect(!matcher.hold(try self.addition(8, 3)))
        let (moves, additions) = matcher.finish()
        #expect(moves.map(\.from.path) == [Array("old".utf8)])
        #expect(moves.map(\.to.index) == [7])
        #expect(additions.isEmpty)
    }

    @Test func whatIsNotUniqueOnEitherSideIsNoMove() throws {
        var twoDeletions = MoveMatcher(
            [self.deletion("a", 1), self.deletion("b", 1), self.deletion("c", 1)],
            isEnabled: true
        )
        #expect(!twoDeletions.hold(try self.addition(0, 1)))
        var twoAdditions = MoveMatcher([self.deletion("a", 1)], isEnabled: true)
        #expect(twoAdditions.hold(try self.addition(0, 1)))
        #expect(twoAdditions.hold(try self.addition(1, 1)))
        let (moves, additions) = twoAdditions.finish()
        #expect(moves.isEmpty)
        #expect(additions.map(\.index) == [0, 1])
    }

    @Test func emptyFilesAndTablesHaveNoMoves() throws {
        var empty = MoveMatcher([self.deletion("a", 1, size: 0)], isEnabled: true)
        #expect(!empty.hold(try self.addition(0, 1)))
        var disabled = MoveMatcher([self.deletion("a", 1)], isEnabled: false)
        #expect(!disabled.hold(try self.addition(0, 1)))
    }
}
