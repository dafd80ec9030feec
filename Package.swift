// swift-tools-version: 6.2
import PackageDescription

// The science floor (floors 0 to 2 without cryptography and YAML) builds and tests on its own:
//   CONCORD_SCIENCE=1 swift test
// needs no package dependency at all.
let scienceOnly = Context.environment["CONCORD_SCIENCE"] == "1"

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

func floor(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func tests(_ module: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(module)Tests", dependencies: [.byName(name: module), "TestKit"] + dependencies, exclude: exclude,
        swiftSettings: strict)
}

func product(_ name: String, _ package: String) -> Target.Dependency { .product(name: name, package: package) }

let crypto = product("Crypto", "swift-crypto")
let x509 = product("X509", "swift-certificates")
let protobuf = product("SwiftProtobuf", "swift-protobuf")
let yams = product("Yams", "Yams")
let arguments = product("ArgumentParser", "swift-argument-parser")
let logging = product("Logging", "swift-log")

let science: [Target] = [
    // Floor 0
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CPng", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .target(name: "CInflate", linkerSettings: [.linkedLibrary("isal")]),
    .target(name: "CLAPACK", linkerSettings: [.linkedLibrary("dl")]),
    .target(
        name: "CDicom",
        linkerSettings: [
            .linkedLibrary("dcmimgle"), .linkedLibrary("dcmjpeg"),
            .linkedLibrary("dcmjpls"), .linkedLibrary("dcmdata"), .linkedLibrary("oflog"), .linkedLibrary("ofstd"),
            .linkedLibrary("openjp2"),
        ]),
    .target(name: "CKernels"),
    floor("Statistics"),
    floor("LinearAlgebra", ["CLAPACK"]),
    // Floor 1
    floor("Federation"),
    floor("Imaging", ["CDicom", "CInflate", "CKernels", "CPng", "CZlib"]),
    floor("Tables"),
    floor("Survival", ["Federation", "LinearAlgebra", "Statistics"]),
    // Floor 2
    floor("Radiomics", ["CKernels", "Imaging", "LinearAlgebra"]),
    floor("Filters", ["CKernels", "Imaging"]),
    floor("Phantom", ["Imaging"]),
    floor("Harmonisation", ["Federation", "LinearAlgebra", "Statistics"]),
    floor("Learning", ["CKernels", "Federation", "LinearAlgebra", "Statistics", "Survival"]),
    floor("Validation", ["Federation", "LinearAlgebra", "Statistics"]),
    floor("Agreement", ["Federation", "Statistics"]),
    floor("Plots"),
    floor("TestKit", ["Federation"]),
    tests("Statistics"),
    tests("LinearAlgebra"),
    tests(
        "Federation",
        ["Harmonisation", "Learning", "Validation", "Agreement", "Statistics", "LinearAlgebra", "Survival"]),
    tests("Imaging"),
    tests("Tables"),
    tests("Survival", ["Federation", "Statistics"]),
    tests("Radiomics", ["Imaging"], exclude: ["Fixtures"]),
    tests("Filters", ["Imaging", "Radiomics"], exclude: ["Fixtures"]),
    tests("Phantom", ["Imaging"]),
    tests("Harmonisation", ["Federation", "Statistics"], exclude: ["Fixtures"]),
    tests(
        "Learning", ["CKernels", "Federation", "Harmonisation", "LinearAlgebra", "Statistics", "Survival"],
        exclude: ["Fixtures"]),
    tests("Validation", ["Agreement", "Federation", "Statistics"], exclude: ["Fixtures"]),
    tests("Agreement", ["Federation", "Statistics"], exclude: ["Fixtures"]),
    tests("Plots"),
]

let house: [Target] = [
    // Floor 0
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CMalloc"),
    .target(name: "CSandbox"),
    .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
    // Floor 2
    floor("StudyProtocol", ["Federation", yams, crypto]),
    floor("Disclosure", ["Federation", "StudyProtocol", yams, crypto]),
    floor(
        "Extraction",
        ["Agreement", "CKernels", "Filters", "Imaging", "Radiomics", "Statistics", "StudyProtocol", "Tables"]),
    floor("SecureAggregation", ["Federation", crypto]),
    floor("TransparencyLog", [crypto]),
    floor("Identity", [crypto, x509, product("SwiftASN1", "swift-asn1")]),
    // Floor 3
    floor(
        "LocalValidation",
        [
            "Agreement", "Federation", "Harmonisation", "Imaging", "Learning", "Plots", "Statistics", "StudyProtocol",
            "Survival", "Tables", "Validation",
        ]),
    floor(
        "LocalLearning",
        [
            "Federation", "Harmonisation", "Learning", "LinearAlgebra", "LocalHarmonisation", "Plots", "Statistics",
            "StudyProtocol", "Survival", "Tables", "Validation",
        ]),
    floor(
        "LocalHarmonisation",
        ["Agreement", "Federation", "Harmonisation", "Plots", "Statistics", "StudyProtocol", "Tables"]),
    floor(
        "StudyCore",
        [
            "Federation", "StudyProtocol", "Disclosure", "Harmonisation", "Learning", "LocalHarmonisation",
            "LocalLearning", "Validation", "Agreement", "Statistics", "Survival", "Tables",
        ]),
    floor(
        "Wire", ["Disclosure", "Federation", "Statistics", "StudyCore", "StudyProtocol", protobuf],
        exclude: ["concord.proto"]),
    floor("Simulator", ["StudyCore", "Federation", "StudyProtocol", "Disclosure", "Statistics", "Validation"]),
    // Floor 4
    floor("Registry", ["CPostgres", "TransparencyLog", crypto]),
    floor("Transport", ["CCurl"]),
    // Floor 5
    floor("Reporting", ["LocalLearning", "StudyCore", "StudyProtocol", "Wire", "Statistics"]),
    floor(
        "CoordinatorServer",
        [
            "Registry", "StudyCore", "StudyProtocol", "Wire", "Identity", "TransparencyLog", crypto,
            logging,
            product("Hummingbird", "hummingbird"), product("HummingbirdCore", "hummingbird"),
            product("HummingbirdTLS", "hummingbird"), product("NIOSSL", "swift-nio-ssl"),
            product("NIOCore", "swift-nio"), product("ServiceLifecycle", "swift-service-lifecycle"),
            product("HTTPTypes", "swift-http-types"), "Federation", "Disclosure", "Statistics",
        ]),
    floor(
        "SiteAgent",
        [
            "StudyCore", "StudyProtocol", "Disclosure", "Federation", "Wire", "Identity", "Transport", "Imaging",
            "Radiomics", "Extraction", "CSandbox", "Tables", "TransparencyLog", crypto, logging, yams,
            product("GRDB", "GRDB.swift"),
        ]),
    // Floor 6
    .executableTarget(
        name: "concord-coordinator", dependencies: ["CoordinatorServer", "Registry", arguments, logging],
        swiftSettings: strict),
    .executableTarget(
        name: "concord-agent",
        dependencies: [
            "CMalloc", "Disclosure", "SiteAgent", "Extraction", "LocalLearning", "StudyProtocol", "Phantom", "Imaging",
            "Radiomics", "Tables",
            arguments,
            logging,
        ],
        swiftSettings: strict),
    .executableTarget(
        name: "concord",
        dependencies: [
            "Tables", "TransparencyLog", "Reporting", "Simulator", "StudyCore", "StudyProtocol", "Federation", "Wire",
            "Transport", "Identity", "Harmonisation", "LocalHarmonisation", "LocalLearning", "LocalValidation",
            "Agreement", "Imaging", "Learning", "Plots",
            arguments,
        ],
        swiftSettings: strict),
    tests("StudyProtocol"),
    tests(
        "LocalValidation", ["Agreement", "Imaging", "Plots", "Statistics", "Tables", "Validation"],
        exclude: ["Fixtures"]),
    tests(
        "LocalLearning",
        [
            "Federation", "Harmonisation", "Learning", "LinearAlgebra", "LocalHarmonisation", "Plots", "Statistics",
            "StudyProtocol", "Survival", "Tables",
        ], exclude: ["Fixtures"]),
    tests("LocalHarmonisation", ["Federation", "Harmonisation", "Tables"]),
    tests(
        "Extraction", ["Filters", "Imaging", "Radiomics", "Statistics", "StudyProtocol", "Tables"],
        exclude: ["Fixtures"]),
    tests("Disclosure", ["StudyProtocol"]),
    tests("SecureAggregation", ["Federation"]),
    tests("TransparencyLog", exclude: ["Fixtures"]),
    tests("Identity"),
    tests("Transport"),
    tests("Wire", ["Disclosure", "Federation", "Statistics", "StudyCore", "StudyProtocol"]),
    tests(
        "StudyCore",
        [
            "Agreement", "Simulator", "StudyProtocol", "Federation", "Disclosure", "Harmonisation", "Learning",
            "LocalHarmonisation", "LocalLearning", "LocalValidation", "Statistics", "Survival",
            "Tables",
        ]),
    tests("Registry", ["TransparencyLog"]),
    tests(
        "SiteAgent", ["StudyProtocol", "StudyCore", "Disclosure", "Extraction", "Imaging", "Radiomics"],
        exclude: ["Helpers"]),
    tests("Reporting", ["StudyCore", "Statistics", "Disclosure"]),
    .testTarget(
        name: "EndToEndTests", dependencies: ["TestKit"], exclude: ["refusals.sh", "pooled-combat.py"],
        swiftSettings: strict),
]

let package = Package(
    name: "concord",
    dependencies: scienceOnly
        ? []
        : [
            .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
            .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
            .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
            .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
            .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
            .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
            .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
            .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
            .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
            .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
            .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
            .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
            .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        ],
    targets: scienceOnly ? science : science + house,
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
