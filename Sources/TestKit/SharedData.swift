import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// Finds the reference data that is too large, or not licensed, to be part of the repository.
///
/// It lies in the folder named by the environment variable `CONCORD_SHARED`, or in `../shared` beside the package.
public enum SharedData {
    /// The package's root folder, with symbolic links resolved.
    public static let packageRoot: String = {
        let parts = resolved(#filePath).split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/")
    }()

    /// The folder of the shared data; it need not exist.
    public static let root: String = {
        if let named = getenv("CONCORD_SHARED").map({ String(cString: $0) }), !named.isEmpty { return named }
        let parts = packageRoot.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast().joined(separator: "/") + "/shared"
    }()

    /// Where a file of the shared data lies.
    public static func location(_ path: String) -> String { root + "/" + path }

    /// Whether the shared data has the file: for `@Test(.enabled(if:))`.
    public static func available(_ path: String) -> Bool { access(location(path), R_OK) == 0 }

    /// The bytes of a file of the shared data.
    public static func bytes(_ path: String) throws -> [UInt8] {
        try read(location(path))
    }

    static func read(_ file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: file)))
    }

    static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
