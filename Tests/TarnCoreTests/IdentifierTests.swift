import TarnCore
import Testing

@Suite struct IdentifierTests {
    @Test(arguments: ["dc1", "a", "eu-west-1", "0", String(repeating: "x", count: 32)])
    func datacentreNamesAreAccepted(name: String) throws {
        #expect(try DatacenterID(name).description == name)
    }

    @Test(arguments: ["", "DC1", "dc_1", "dc.1", "é", "a b", String(repeating: "x", count: 33)])
    func otherDatacentreNamesAreRejected(name: String) {
        let error = #expect(throws: CoreError.self) { try DatacenterID(name) }
        #expect(error?.code == .invalidDatacenter)
    }

    @Test(arguments: ["client-1.a_B/0", "x/18446744073709551615"])
    func requestsAreRead(text: String) throws {
        #expect(try RequestID(text).description == text)
    }

    @Test(arguments: [
        "", "x", "x/", "/1", "x/-1", "x/1/2", "a b/1", "é/1", "x/18446744073709551616",
        String(repeating: "x", count: 33) + "/1",
    ])
    func otherRequestsAreRejected(text: String) {
        let error = #expect(throws: CoreError.self) { try RequestID(text) }
        #expect(error?.code == .invalidRequest)
    }

    @Test func opsAndViewsCount() {
        #expect(Op.genesis.previous == nil && Op(4).previous == Op(3) && Op(4).next == Op(5))
        #expect(Op(1) < Op(2) && View(1) < View(2))
        #expect(View(0).primaryIndex == 0 && View(7).primaryIndex == 1)
    }
}
