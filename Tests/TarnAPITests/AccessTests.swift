import TarnCore
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct AccessTests {
    private static func principal(_ scope: Principal.Scope, _ paths: [String] = []) throws -> Principal {
        Principal(name: "p", scope: scope, paths: try paths.map { try NamespacePath($0) })
    }

    @Test(arguments: Principal.Scope.allCases, Principal.Scope.allCases)
    func aScopeIncludesTheLesserOnes(_ held: Principal.Scope, _ needed: Principal.Scope) throws {
        let order = Principal.Scope.allCases
        let isEnough = try #require(order.firstIndex(of: held)) >= #require(order.firstIndex(of: needed))
        let principal = try Self.principal(held)
        let path = try NamespacePath("/workspace/a")
        for access in [Access.path(needed), .whole(needed)] {
            if isEnough {
                #expect(throws: Never.self) { try access.check(principal, path: path) }
            } else {
                #expect(throws: Problem.self) { try access.check(principal, path: path) }
            }
        }
    }

    @Test(arguments: [
        ("/workspace/team", true), ("/workspace/team/a/b", true), ("/workspace/teamwork", false), ("/workspace", false),
        ("/tables/x", false), ("/volumes/v", true),
    ])
    func aLimitedTokenSeesItsPathsOnly(_ path: String, _ isAllowed: Bool) throws {
        let principal = try Self.principal(.admin, ["/workspace/team", "/volumes/v"])
        let path = try NamespacePath(path)
        let isGiven = (try? Access.path(.read).check(principal, path: path)) != nil
        #expect(isGiven == isAllowed)
        #expect(throws: Problem.self) { try Access.whole(.read).check(principal, path: path) }
    }

    @Test(arguments: [
        "/meta/token", "/meta/token/x.json", "/meta/secret", "/meta/secret/a/b", "/meta/secret_scope",
        "/meta/secret_scope/main/prod.json",
    ])
    func tokensAndSecretsNeedAnAdmin(_ path: String) throws {
        let path = try NamespacePath(path)
        #expect(throws: Problem.self) { try Access.path(.read).check(Self.principal(.write), path: path) }
        #expect(throws: Never.self) { try Access.path(.read).check(Self.principal(.admin), path: path) }
        #expect(!Access.isVisible(path, to: try Self.principal(.read)))
    }

    @Test(arguments: Access.adminPaths.map(\.string))
    func whatTheAPIReservesForAdminsIsNotChangedByPathEither(_ directory: String) throws {
        for path in [try NamespacePath(directory), try NamespacePath("\(directory)/main/x.json")] {
            #expect(throws: Problem.self) { try Access.path(.write).check(Self.principal(.write), path: path) }
            #expect(throws: Never.self) { try Access.path(.read).check(Self.principal(.read), path: path) }
            #expect(throws: Never.self) { try Access.path(.write).check(Self.principal(.admin), path: path) }
            #expect(Access.isVisible(path, to: try Self.principal(.read)))
        }
        let alike = try NamespacePath("\(directory)s/main/x.json")
        #expect(throws: Never.self) { try Access.path(.write).check(Self.principal(.write), path: alike) }
    }

    @Test func namesThatOnlyBeginLikeProtectedOnesAreOpen() throws {
        #expect(Access.isVisible(try NamespacePath("/meta/tokens/x.json"), to: try Self.principal(.read)))
        #expect(Access.isVisible(try NamespacePath("/meta"), to: try Self.principal(.read)))
    }

    @Test func theGateTurnsAwayWhatIsAboveItsLimit() {
        let gate = RequestGate(limit: 1)
        var first = gate.enter()
        #expect(first != nil)
        #expect(gate.enter() == nil)
        first = nil
        #expect(gate.enter() != nil)
    }
}
