// swift-tools-version: 6.3
import PackageDescription

// Targets are listed bottom-up by layer (ARCHITECTURE.md, "Modules"). An edge may only point to a lower layer; the pure layer
// (0 and 1) depends on nothing but itself and swift-collections. `ops/test` checks both.

let collections: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

/// One program: what the Swift toolchain brings goes into it, so that it runs where no toolchain is, starts faster, and
/// calls the runtime directly instead of through a table. The libraries behind Foundation have to be named, because
/// the modules were compiled against the shared ones, which the tests use.
let staticRuntime: [LinkerSetting] =
    [.unsafeFlags(["-static-stdlib", "-use-ld=lld"])]
    + [
        "FoundationInternationalization", "CoreFoundation", "FoundationEssentials", "_FoundationCollections",
        "_FoundationICU", "_FoundationCShims",
    ].map { .linkedLibrary($0) }

let package = Package(
    name: "tarn",
    products: [
        .executable(name: "tarn", targets: ["tarn"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Layer 0: vocabulary. Pure.
        .target(name: "TarnCore"),

        // Layer 1: algorithms and state machines. Pure.
        .target(name: "TarnMerkle", dependencies: ["TarnCore"]),
        .target(name: "TarnConsensus", dependencies: ["TarnCore"]),
        .target(name: "TarnNotebook", dependencies: ["TarnCore"]),
        .target(name: "TarnDelta", dependencies: ["TarnCore"]),
        .target(name: "TarnSegment", dependencies: ["TarnCore"]),

        // Whole clusters of them on virtual clock, network and disks. Pure.
        .target(name: "TarnSimulator", dependencies: ["TarnCore", "TarnMerkle", "TarnConsensus", "TarnSegment"]),

        // Layer 2: one outside thing each.
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .target(name: "CTarn", cSettings: [.define("_GNU_SOURCE")]),
        .target(name: "TarnZstd", dependencies: ["TarnCore", "CZstd"]),
        .target(name: "TarnCrypto", dependencies: ["TarnCore", "COpenSSL"]),
        .target(name: "TarnStorage", dependencies: ["TarnCore", "CTarn"]),
        .target(name: "TarnSQLite", dependencies: ["TarnCore", .product(name: "GRDB", package: "GRDB.swift")]),
        .target(name: "TarnHTTP2", dependencies: ["TarnCore", "CNghttp2", nioCore, nioPosix, nioSSL, logging]),
        .target(name: "TarnFaultProxy", dependencies: [nioCore, nioPosix]),

        // Layer 3: stores and transport.
        .target(
            name: "TarnBlobStore",
            dependencies: [
                "TarnCore", "TarnSegment", "TarnZstd", "TarnCrypto", "TarnStorage", "CTarn", collections, logging,
            ]
        ),
        .target(
            name: "TarnCatalog",
            dependencies: [
                "TarnCore", "TarnNotebook", "TarnDelta", "TarnSQLite", logging,
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        .target(
            name: "TarnPeer",
            dependencies: [
                "TarnCore", "TarnMerkle", "TarnConsensus", "TarnCrypto", "TarnHTTP2", nioCore, nioPosix, nioSSL,
                protobuf, logging,
            ]
        ),

        // Layer 4: the node.
        .target(
            name: "TarnNode",
            dependencies: [
                "TarnCore", "TarnMerkle", "TarnConsensus", "TarnSegment", "TarnCrypto", "TarnStorage", "TarnBlobStore",
                "TarnCatalog", "TarnZstd", "TarnHTTP2", "TarnPeer", collections, nioPosix, yams, logging, lifecycle,
            ]
        ),

        // Layer 5: what people and clients touch.
        .target(
            name: "TarnAPI",
            dependencies: [
                "TarnCore", "TarnMerkle", "TarnNotebook", "TarnNode", "TarnCatalog", "TarnCrypto", "TarnHTTP2", logging,
                lifecycle, nioCore, nioHTTP1, nioPosix, nioSSL, httpTypes,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ]
        ),
        .target(
            name: "TarnClient",
            dependencies: [
                "TarnCore", "TarnMerkle", "TarnCrypto", "TarnStorage", "TarnNotebook", "CTarn", yams, nioCore, nioSSL,
                logging,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ]
        ),

        // Layer 6: rehearsed, measured failovers, seen from outside as any client sees them.
        .target(
            name: "TarnDrill",
            dependencies: ["TarnCore", "TarnCrypto", "TarnStorage", "TarnSimulator", "TarnClient", nioCore]
        ),

        // Layer 6: backups to object storage, and clusters made from them.
        .target(
            name: "TarnBackup",
            dependencies: [
                "TarnCore", "TarnMerkle", "TarnCrypto", "TarnStorage", "TarnBlobStore", "TarnNode", "TarnClient",
                nioCore, logging,
            ]
        ),

        // Layer 7: the executable, one file per subcommand.
        .executableTarget(
            name: "tarn",
            dependencies: [
                "TarnCore", "TarnMerkle", "TarnCrypto", "TarnStorage", "TarnSimulator", "TarnFaultProxy", "TarnNode",
                "TarnAPI", "TarnClient", "TarnDrill", "TarnBackup", "TarnBlobStore", logging, lifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            linkerSettings: staticRuntime
        ),

        // What `ops/bench store` measures in process; not installed.
        .executableTarget(
            name: "tarn-store-bench",
            dependencies: ["TarnCore", "TarnStorage", "TarnBlobStore", logging],
            linkerSettings: staticRuntime
        ),

        // Tests and what only tests use.
        .target(name: "TarnTestKit", dependencies: ["TarnCore"]),
        .testTarget(name: "TarnCoreTests", dependencies: ["TarnCore", "TarnTestKit", "TarnCrypto"]),
        .testTarget(name: "TarnMerkleTests", dependencies: ["TarnCore", "TarnMerkle", "TarnTestKit"]),
        .testTarget(name: "TarnConsensusTests", dependencies: ["TarnCore", "TarnConsensus", "TarnTestKit"]),
        .testTarget(name: "TarnSimulatorTests", dependencies: ["TarnCore", "TarnConsensus", "TarnSimulator"]),
        .testTarget(name: "TarnNotebookTests", dependencies: ["TarnCore", "TarnNotebook", "TarnTestKit"]),
        .testTarget(name: "TarnDeltaTests", dependencies: ["TarnCore", "TarnDelta", "TarnTestKit"]),
        .testTarget(name: "TarnSegmentTests", dependencies: ["TarnCore", "TarnSegment", "TarnTestKit"]),
        .testTarget(
            name: "TarnStorageTests",
            dependencies: ["TarnCore", "TarnStorage", "TarnZstd", "TarnCrypto", "CTarn", "TarnTestKit"]
        ),
        .testTarget(
            name: "TarnBlobStoreTests",
            dependencies: [
                "TarnCore", "TarnSegment", "TarnStorage", "TarnZstd", "TarnCrypto", "TarnBlobStore", "TarnTestKit",
                logging,
            ]
        ),
        .testTarget(
            name: "TarnCatalogTests",
            dependencies: [
                "TarnCore", "TarnDelta", "TarnNotebook", "TarnSQLite", "TarnCatalog", "TarnTestKit", logging,
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        .testTarget(
            name: "TarnPeerTests",
            dependencies: [
                "TarnCore", "TarnMerkle", "TarnConsensus", "TarnCrypto", "TarnHTTP2", "TarnPeer", "TarnTestKit",
                nioCore, nioPosix, nioSSL, protobuf, logging,
            ]
        ),
        .testTarget(name: "TarnFaultProxyTests", dependencies: ["TarnFaultProxy", nioCore, nioPosix]),
        .testTarget(
            name: "TarnNodeTests",
            dependencies: [
                "TarnCore", "TarnMerkle", "TarnConsensus", "TarnCrypto", "TarnStorage", "TarnBlobStore", "TarnCatalog",
                "TarnHTTP2", "TarnPeer", "TarnNode", "TarnTestKit", nioPosix, logging, lifecycle,
            ]
        ),
        .testTarget(
            name: "TarnAPITests",
            dependencies: [
                "TarnCore", "TarnMerkle", "TarnNotebook", "TarnCrypto", "TarnNode", "TarnCatalog", "TarnAPI",
                "TarnTestKit", logging, lifecycle, nioCore, httpTypes,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]
        ),
        .testTarget(
            name: "TarnClientTests",
            dependencies: [
                "TarnCore", "TarnMerkle", "TarnCrypto", "TarnStorage", "TarnNotebook", "TarnClient", "TarnTestKit",
                logging,
            ]
        ),
        .testTarget(
            name: "TarnDrillTests",
            dependencies: ["TarnCore", "TarnCrypto", "TarnClient", "TarnDrill", nioCore]
        ),
        .testTarget(
            name: "TarnBackupTests",
            dependencies: ["TarnCore", "TarnCrypto", "TarnClient", "TarnBackup", "TarnTestKit", nioCore]
        ),
        .testTarget(name: "TarnTidyTests"),
        .testTarget(
            name: "TarnProcessTests",
            dependencies: ["TarnCore", "TarnMerkle", "TarnCrypto", "TarnClient", "TarnTestKit", logging]
        ),
    ]
)

/// Settings of every Swift target of this package.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]
for target in package.targets where target.type != .system && target.name != "CTarn" {
    target.swiftSettings = settings
}
