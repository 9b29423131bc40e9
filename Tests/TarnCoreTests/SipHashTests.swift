import TarnCore
import Testing

@Suite struct SipHashTests {
    /// The reference implementation's vectors: key 00…0f, message 00, 01, … of each length.
    @Test func agreesWithTheReferenceVectors() {
        let function = SipHash(key: Array(0..<16))
        for (count, expected) in Self.vectors {
            #expect(function.hash(Array(0..<count)) == expected, "\(count) bytes")
        }
    }

    @Test func otherKeysGiveOtherHashes() {
        #expect(SipHash(key: Array(0..<16)).hash([1]) != SipHash(key: Array(1..<17)).hash([1]))
    }

    private static let vectors: [(UInt8, UInt64)] = [
        (0, 0x726f_db47_dd0e_0e31), (1, 0x74f8_39c5_93dc_67fd), (2, 0x0d6c_8009_d9a9_4f5a), (3, 0x8567_6696_d7fb_7e2d),
        (4, 0xcf27_94e0_2771_87b7), (5, 0x1876_5564_cd99_a68d), (6, 0xcbc9_466e_58fe_e3ce), (7, 0xab02_00f5_8b01_d137),
        (8, 0x93f5_f579_9a93_2462), (9, 0x9e00_82df_0ba9_e4b0), (10, 0x7a5d_bbc5_94dd_b9f3),
        (11, 0xf4b3_2f46_226b_ada7),
        (12, 0x751e_8fbc_860e_e5fb), (13, 0x14ea_5627_c084_3d90), (14, 0xf723_ca90_8e7a_f2ee),
        (15, 0xa129_ca61_49be_45e5), (63, 0x958a_324c_eb06_4572),
    ]
}
