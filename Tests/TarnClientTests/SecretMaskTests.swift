import TarnClient
import Testing

@Suite("Secret mask")
struct SecretMaskTests {
    private static let secret = String(repeating: "0123456789abcdef", count: 4)

    @Test("a bearer token keeps its id and loses its secret, wherever it stands")
    func tokens() {
        let text = "token: tarn_ci-7_\(Self.secret)\nurl?x=tarn_admin_\(Self.secret)&y=1"
        #expect(SecretMask.masked(text) == "token: tarn_ci-7_[removed]\nurl?x=tarn_admin_[removed]&y=1")
    }

    @Test("private keys and access tokens go, metrics and hashes stay")
    func others() {
        let text = """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIA
            -----END PRIVATE KEY-----
            tarn_commit_op{dc="dc1"} 7
            root \(Self.secret)
            Bearer tarnoauth.abc.def
            """
        #expect(
            SecretMask.masked(text) == """
                [removed]
                tarn_commit_op{dc="dc1"} 7
                root \(Self.secret)
                Bearer tarnoauth.[removed]
                """
        )
    }

    @Test(
        "durations are read as people write them",
        arguments: [
            ("90s", 90), ("15m", 900), ("12h", 43_200), ("30d", 2_592_000), ("", nil), ("5", nil), ("h", nil),
            ("-1h", nil), ("99999999999999999d", nil), ("36501d", nil),
        ]
    )
    func durations(_ text: String, _ seconds: UInt64?) {
        #expect(HumanDuration.seconds(text) == seconds)
    }
}
