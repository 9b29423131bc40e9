import TarnClient
import TarnCore
import Testing

@Suite struct PercentEncodingTests {
    @Test(arguments: [
        ("/workspace/a b", "/workspace/a%20b"), ("/workspace/ä", "/workspace/%C3%A4"),
        ("/workspace/a#b?c%d", "/workspace/a%23b%3Fc%25d"), ("/workspace/a+b&c=d", "/workspace/a%2Bb%26c%3Dd"),
        ("/tables/x/year=2026/p~1.parquet", "/tables/x/year%3D2026/p~1.parquet"), ("/", "/"),
        ("/workspace/\u{1F600}", "/workspace/%F0%9F%98%80"), ("/workspace/a\nb", "/workspace/a%0Ab"),
    ])
    func aPathIsEncodedByComponent(path: String, encoded: String) throws {
        #expect(PercentEncoding.path(try NamespacePath(path)) == encoded)
    }

    @Test func aTargetHoldsPathAndQuery() throws {
        let target = PercentEncoding.target(
            "/v1/namespace",
            try NamespacePath("/workspace/x y"),
            query: [("at", "2026-11-21T03:04:05+01:00"), ("limit", nil), ("after", "/workspace/x y/ä&")]
        )
        #expect(
            target
                == "/v1/namespace/workspace/x%20y?at=2026-11-21T03%3A04%3A05%2B01%3A00&after=%2Fworkspace%2Fx%20y%2F%C3%A4%26"
        )
    }

    @Test func theRootKeepsItsSlash() {
        #expect(PercentEncoding.target("/v1/namespace", .root) == "/v1/namespace/")
    }
}
