import Testing

@testable import TarnPeer

@Suite struct RemoteCallTests {
    @Test(arguments: [0, 1, 255, 70_000])
    func messagesSurviveTheirPrefix(count: Int) throws {
        let message = [UInt8](repeating: 9, count: count)
        let frame = RemoteCall.framed(message)
        #expect(frame.count == count + 5)
        #expect(try RemoteCall.message(in: frame) == message)
    }

    @Test(
        arguments: [
            [], [0, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 1], [1, 0, 0, 0, 0], [0, 255, 255, 255, 255],
        ] as [[UInt8]]
    )
    func bodiesOfAnotherShapeAreErrors(body: [UInt8]) {
        #expect(throws: PeerError.self) { try RemoteCall.message(in: body) }
    }

    @Test func statusTextIsPercentEncoded() {
        #expect(RemoteCall.encoded("50 % done\nü") == "50 %25 done%0A%C3%BC")
    }

    @Test(arguments: [
        PeerError.Code.malformed, .tooLarge, .untrusted, .unavailable, .unknownOutcome, .rejected, .unsupported,
    ])
    func errorCodesSurviveBothMappings(code: PeerError.Code) {
        #expect(RemoteCall.Status(code).code == code)
        #expect(PeerError.Code(httpStatus: code.httpStatus) == code)
    }
}
