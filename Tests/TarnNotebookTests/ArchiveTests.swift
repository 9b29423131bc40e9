import TarnCore
import TarnTestKit
import Testing

@testable import TarnNotebook

@Suite("DBC archives")
struct ArchiveTests {
    /// Two commands out of order with results, in a folder; compressed, and with sizes behind the data, as the
    /// workspace writes archives.
    static let golden = Base64.decode(
        """
        UEsDBBQACAAAAAAAIVAAAAAAAAAAAAAAAAAHAAAARm9sZGVyL1BLBwgAAAAAAAAAAAAAAABQSwMEFAAICAgAAAAhUA\
        AAAAAAAAAAAAAAABMAAABGb2xkZXIvw4l0w6kucHl0aG9unZJLTiMxEIavgkoigGQBHQkNNIENKxYgJBCzSGdRnTZu\
        C7fd2GUginKAuQebOUcuRvWDPDTMLGZn/+X6q+orz+FV+qCdhRRuHcncuefHBAQ4r9V1AekPARYryeHlL1r+5ohBqy\
        KqRqpnVHKqgKmrKrRFgHQ833C86uQtwzMBKmo+gBqyHGJOs7ox6z3Wbg+djpEci7ULmlrb4eHJ6g3Hd8OLyWyQRk5p\
        J9lI12Sa/IemSunerrZk8lEK8DJEQ9z2HPouCHMOCyiQkKcZJ8JGYyZiDKP3SxBcezIRgF7FSto2c8H201JW2A7fw0\
        K26B0z0JYygIVYRXNYsIljUE/GvUH6hCZI9pHeOw9pU7G/3Edu2s++NH3XEr+RhF2DnWw7oHbYFvk3/9M1/+T/+CeH\
        x5v8a8/z7e8tP/YO/oT/Lft23O/gl1SZFXsYFfp1Z2owhIsM0PJMkTleDgydLz8Gis4zOzriN7yW7YUs1kSSlnSBoc\
        wd+vaDTtYAjjlTGZejeUTf7/IviLWtI/3UhZJ9jU9QSwcIOXwpZZEBAAA6AwAAUEsBAhQDFAAIAAAAAAAhUAAAAAAA\
        AAAAAAAAAAcAAAAAAAAAAAAAAIABAAAAAEZvbGRlci9QSwECFAMUAAgICAAAACFQOXwpZZEBAAA6AwAAEwAAAAAAAA\
        AAAAAAgAE1AAAARm9sZGVyL8OJdMOpLnB5dGhvblBLBQYAAAAAAgACAHYAAAAHAgAAAAA=
        """

    )

    @Test("a compressed archive is read: folders, order of positions, results")
    func golden() throws {
        let items = try NotebookArchive.read(try #require(Self.golden))
        #expect(items.map(\.path) == ["Folder/Été"])
        let notebook = try #require(items.first?.notebook)
        #expect(notebook.name == "Été")
        #expect(notebook.language == .python)
        #expect(notebook.cells.map(\.command) == ["print('ä')", "%sql\nselect 1"])
        #expect(notebook.cells.map(\.title) == ["", "T"])
        #expect(
            notebook.cells.map(\.outputs) == [
                [.text("<ä>\n")],
                [.table(columns: ["a", "b"], rows: [["1", nil], ["<x>", "2.5"]], isComplete: true)],
            ]
        )
        #expect(try Notebook.read(try #require(Self.golden)) == notebook)
    }

    @Test("what the model says beyond text comes back")
    func fields() throws {
        let notebook = try Notebook.read(try #require(Self.golden))
        let again = try Notebook.read(try notebook.write(.dbc), format: .dbc)
        #expect(again.cells.map { $0.commandFields["results"] } == notebook.cells.map { $0.commandFields["results"] })
        #expect(again.cells.map { $0.commandFields["guid"]?.string } == ["g1", "g2"])
        #expect(again.modelFields["origId"]?.int64 == 7)
        #expect(try again.write(.dbc) == notebook.write(.dbc))
    }

    @Test("a folder of notebooks comes back, with the folders between")
    func folder() throws {
        var generator = NotebookGenerator(seed: 1)
        let items = ["a", "b/c", "b/d/ä", "b/e.x"].map {
            NotebookArchive.Item(path: $0, notebook: generator.notebook())
        }
        let bytes = try NotebookArchive.write(items)
        let again = try NotebookArchive.read(bytes)
        #expect(again.map(\.path) == items.map(\.path))
        #expect(zip(again, items).allSatisfy { $0.notebook.hasSameText(as: $1.notebook) })
        #expect(try ZipReader.read(bytes).count == 4)
        let error = #expect(throws: NotebookError.self) { try Notebook.read(bytes) }
        #expect(error?.code == .unsupported)
    }

    @Test("a folder's archive has a manifest and says what each folder is; its own folder is told from what is in it")
    func manifest() throws {
        var generator = NotebookGenerator(seed: 2)
        let items = ["a", "b/c"].map { NotebookArchive.Item(path: $0, notebook: generator.notebook()) }
        #expect(NotebookArchive.root(of: items) == nil)
        let bytes = try NotebookArchive.write(items, below: "Ordner ä")
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains(#""version":"Manifest""#))
        #expect(text.contains(#""name":"Ordner ä""#))
        #expect(text.contains(#""name":"b""#))
        let again = try NotebookArchive.read(bytes)
        #expect(again.map(\.path) == ["Ordner ä/a", "Ordner ä/b/c"])
        #expect(NotebookArchive.root(of: again) == "Ordner ä")
        #expect(try NotebookArchive.read(try NotebookArchive.write([], below: "empty")).isEmpty)
    }

    @Test(
        "names that lead out of the folder, and other files, are refused",
        arguments: [
            "../a.python", "/a.python", "a//b.python", "a/./b.python", "a\0b.python", "a.exe", "python",
        ]
    )
    func names(path: String) {
        var writer = ZipWriter()
        writer.append(path: path, content: Array("{}".utf8))
        let bytes = writer.finish()
        #expect(throws: NotebookError.self) { try NotebookArchive.read(bytes) }
    }

    @Test("every byte that is changed in an archive is noticed or changes nothing, and none crashes the reader")
    func damage() throws {
        var writer = ZipWriter()
        writer.append(path: "a", content: Array("content".utf8))
        let bytes = writer.finish()
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << UInt8(bit)
                guard let files = try? ZipReader.read(damaged) else { continue }
                #expect(files.isEmpty || files.map(\.bytes) == [Array("content".utf8)], "byte \(index)")
            }
        }
        for count in 0..<bytes.count {
            #expect(throws: NotebookError.self) { try ZipReader.read(Array(bytes[..<count])) }
        }
    }
}

@Suite("Inflate")
struct InflateTests {
    static let squares = (0..<400).map { "\($0) squared is \($0 * $0);" }.joined()

    static func inflate(_ base64: String, bytesMax: Int = 1 << 20) throws -> String {
        let input = try #require(Base64.decode(base64))
        let output = try Inflate.decompress(input[...], bytesMax: bytesMax, expected: 0)
        return String(decoding: output, as: UTF8.self)
    }

    @Test(
        "stored blocks, fixed and dynamic codes are decompressed",
        arguments: [
            "S0xKTkxKHGxEBQA=",
            """
            AZcAaP9hYmNhYmFiY2FiYWJjYWJhYmNhYmFiY2FiYWJjYWJhYmNhYmFiY2FiYWJjYWJhYmNhYmFiY2FiYWJjYWJhYmNhYmFiY2FiYWJjYWJhYmNhYm\
            FiY2FiYWJjYWJhYmNhYmFiY2FiYWJjYWJhYmNhYmFiY2FiYWJjYWJhYmNhYmFiY2FiYWJjYWJhYmNhYmFiY2FiYWJjYWJ4
            """,
        ]
    )
    func small(base64: String) throws {
        #expect(try Self.inflate(base64) == String(repeating: "abcab", count: 30) + "x")
    }

    @Test("a longer text with codes of its own is decompressed")
    func dynamic() throws {
        #expect(try Self.inflate(Self.compressedSquares) == Self.squares)
    }

    @Test("a stream that grows without end is stopped at the bound")
    func bomb() {
        let bomb =
            "7cExAQAAAMKg9U9tDQ+gAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAgFcD"
        #expect((try? Self.inflate(bomb))?.utf8.count == 100_000)
        let error = #expect(throws: NotebookError.self) { try Self.inflate(bomb, bytesMax: 99_999) }
        #expect(error?.code == .tooLarge)
    }

    @Test("cut and mutated streams are refused or give something else, and never crash")
    func damage() throws {
        let bytes = try #require(Base64.decode(Self.compressedSquares))
        for count in stride(from: 0, to: bytes.count, by: 7) {
            #expect(throws: NotebookError.self) {
                try Inflate.decompress(bytes[..<count], bytesMax: 1 << 16, expected: 0)
            }
        }
        var random = SplitMix64(seed: 11)
        for _ in 0..<Effort.cases(3_000) {
            var damaged = bytes
            for _ in 0..<random.within(1...3) { damaged[random.below(damaged.count)] = UInt8(random.below(256)) }
            let output = try? Inflate.decompress(damaged[...], bytesMax: 1 << 16, expected: 1 << 40)
            #expect(output.map { $0.count <= 1 << 16 } ?? true)
        }
    }

    @Test("the checksum is that of ISO 3309")
    func checksum() {
        #expect(CRC32.of(Array("123456789".utf8)) == 0xcbf4_3926)
        #expect(CRC32.of([UInt8]()) == 0)
        #expect(CRC32.of(Array(Self.squares.utf8)) == 871_125_921)
    }

    static let compressedSquares =
        """
        ZZlBki27CUS38pYgQEgoajWOsAd/aP/w/p1JTzrx8FarVSABeaDWn7///d9//Odf//zz199/1me/f9rnv3/uL37/fN\
        +WxefL3789v/P7d5zvym7vq9+/z/7e799lny15wYJ5ap9jjZhoe38Watb7TA195zM1FbbaUeOxRsz1wj5icDje9dRF\
        nJjYvGGzi817Y40ea+3Pxeb097nYnPd8LjYf2Oxi8+EasflyH7H58l16zLAnxOYHm0NsfvAr9JwXnA896IUTCj1pwz\
        FG6pXB7jj6CBcSYrgFbi1q3CzeKKZb4v63xsiB8VuD5CCStlp/EWxbrS/E4x5xgpDdGigL1m+NFEPgbw0VX9hLrPdY\
        eKNY73vZl0ujDtanWO+Hq8R6v9grQ4MTb0yx3h8TUqwPWp+alDjpL+8Ia+ylkR44r9RQ3zjVszT6Yf0R6+Piho5YH4\
        V7PGJ9PNz22Zo3iIkj1m9GzhHrdyC+jlaVjSg8Yv0+iNUj1u+LiL6aqQz7K9bnQm5csT4RJ9/VZA1k2dVsxf7fFeuT\
        +XqP5jRXifX5uJeWxcU3Pk192FVLiyesL7H+JHws1wqBkyix/hTOq8T6u3CqlVpIYH2J9Re39pWWm8Q9ltabi9susf\
        4+xMRbWuph/RPryxFfz7VSUSLE+jqI1SfWVyGiX2pBg/VPrIcNWCXWP8Tc90rrHjLtifWvFnVpChOladmokL1ylM2N\
        HW2NwnnwZvxpVFNYaEuLp9ETrNeHHlypBRTlkntqCbVz+HYtolZU2iG1/iO2Q22DejsE15OSOzTXL1V3yK4/Cq8qr0\
        Vrr4qvxab82pQEKrBKsMWjCKsK27ZDLlhDPuiRarEhorhyIEQh40wV2RLm46F6lIEMNtVl60w3lWbL6pXq0fnZUz06\
        0W9Xj07bGUPqWLFMldpu+z7E+m6e0pDr2+c5BPs+nvyQ7Oo7GqINveRK9aj63odwv9VQ9oa2MpaGeD8qiA35fh2fKu\
        BILUaySrivjnkVcV+X2TFk/CePppAHM25IuXVuDjGnS3iocu6d70PQW9FtSLp3DRmiHsY9h6wHa5INYY9LO1XaARP0\
        SMXdd9B3lXffrJmmAg/J53mqxHuyBtsZiNJ3pDLvyZpuKvQOmcKeKvV+qBGmYu+IRNipcu/3h8rVo5uMT5V8v9QwU9\
        F3BC3frh4VNdFU+AH29Eil3x811lT8/SVzU+UfVY1ZrAAA0mK+34FfXRkUAmK9XnkHlfWeCmHwkG9XDHMyiikMgODo\
        keJAOJnHFAgijKekSBCxu9dRj6J48ooF0UxmCgYo3rxNRYPYZDxTOIgMRojiQSSZ0d5Ay9YjRQRAKeNTIQEqwUhWTA\
        CGMuYVFFC7mR2KClGdRwoLqMjMOMWFKDK3KTBAjpjFigwApcW+cDaGbA2VGQAHvVLbw1XY05UZtrHHcGUG6h5awDWw\
        mR65MgP0ILhS0dnZA7kyww4/fLvic7CncmUGNLbd7I5ulz2aKzOgTOPeXZlhJ3s+V2bYeRFLrswAnqdHygz7oLLgoX\
        p02ZO6MsO+6Xz7aAjY4/po3qvb99G/V3UHrx49Z2OtzLBf99+jkV/GNl2ZIbsyuDJDAum4UhsE69mAMkMiCvn2pzOE\
        njQoM+Cf6ZEyQ0bPLZQZMoqnpMyQm1MQj9ns8OSVGTL7jpQZULt5m8oMqMi8d2WGBPDw7erR5bzHlRnyUo9cmSFrMT\
        6VGRIFDHsqMySUnLMW9egls0OZAa+hR8oMZyUzTpmBtYp7ahsHMuDbRyO3mO/KDKeZwZUZTvys1HYuek9lBnaCeLsy\
        w9ltpzLDyfZImeFk+67McE6fkjIDE45vV49un7wyw/m5I2UGVBDepjIDizf2VGY4ryNEmQGRxFhSZriro06Z4a6OT2\
        UGhBIjWZnhWse8MsP1zg5lhvuTR8oMNzrjlBnQJjM3lRnu7ixWZrjZ+a7McLubcGUGCHmvVI9OV5s72u+uS8oM93YF\
        U2a4P7VOmeFWV0VlBrQIPCVlhlpdaZUZanVNVmaongC6MkNZ13llhvJWBGWG8tYOZYaKVpkxVPjRozFW2K1cY7CQrX\
        FjtJCthmO4cFo3lRnqdh4pM6ATYsYpM1S1aiszVLW+KzPUIwnEmoNZjmaVGd46vVI8ekYOCWWGZySWUGYg5x481IFJ\
        TwpDmeEFeSnWGJqQrEKZ4W0yWCgzvCSthTLDa64LG9NmEmAoMzxmFx6qR5dUGcoMr8ifocwASKdHygzvkWljzBnWIv\
        7GGDQsIynHmDRQzDkaX3M2Tq/GrGEFUT3GsGEFqT7GtGFtNgAxxg0owsj7GPOG1SUixsABRNFrh2/n9b7Dt5ttw/Ct\
        2ALFGDqs7pZiTB3WY2MVY+yAg+ivBDGesl2L+aXA2NnFmDygVtC3mAMv9osxZg8WbC1jDB9sswuNMX1A784QG+MH69\
        42xvwBbS0Dd3xBgCQxxsdHBH5Y4EeQ4VuxD489fOuxZOzh22N3H0oUzGamriIF9JMzg1CmwFOOFyLX/OxC3/L/Jnq9\
        doz0gvONyDHT2xyFRI6hXnJqEjk+8pz2Lcd3nsNZTOTw7XJsEzl8K054IodvxWFQnDW/H9E35QtD9eMdK2AYxyzYVw\
        kDTzm4CkUM45cQ2HvGxDJ+PmGNkWVwchZnzCw3h2xxxtAyOY8L5QyD/cwhBQ1+CKNvd/h2ORCMO3wrzg7jDt8ex4xx\
        h2+PE8lQ2rDdjUgobtjm+/BUfdv+s+/4SufVNoyJbLS9NUeyXSdrzGSzz6HGUDY56Q2lDkPXx/NV7LB9OT+OGr71GD\
        Nq+FacSkcN317Hg6IHCJ6z7qjxEdI6zhQ++GmSvil94GnHr+KHgbgZ629MnHfnxRsj5+S0P96cOXe+vTF0PvyGEMog\
        xo6J+w7fil8m4g3fHuvD/wA=
        """
}
