#if canImport(Glibc)
    import Glibc
#endif

/// A file's content with the only part of its path that messages may show.
struct FileBytes {
    let name: String
    let bytes: [UInt8]

    init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// Reads a regular file within the size limit, or its first bytes.
    init(path: String, limit: Int = .max) throws(ImagingError) {
        name = Self.lastComponent(path)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .unreadable(file: name, remedy: "there is no such file or no permission to read it")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(file: name, remedy: "it is not a regular file")
        }
        guard status.st_size <= Limits.fileBytes else {
            throw .tooLarge(file: name, field: "the file in bytes", limit: Limits.fileBytes)
        }
        let size = min(Int(status.st_size), limit)
        bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let received = Glibc.read(descriptor, buffer.baseAddress! + count, size - count)
                guard received > 0 else { break }
                count += received
            }
        }
        guard bytes.count == size else {
            throw .truncated(file: name, field: "the file", expectedBytes: size, foundBytes: bytes.count)
        }
    }

    /// The length of a regular file within the size limit.
    static func size(path: String) throws(ImagingError) -> Int {
        var status = stat()
        let name = lastComponent(path)
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(file: name, remedy: "it is not a regular file")
        }
        guard status.st_size <= Limits.fileBytes else {
            throw .tooLarge(file: name, field: "the file in bytes", limit: Limits.fileBytes)
        }
        return Int(status.st_size)
    }

    /// Creates or replaces a file.
    static func write(_ bytes: [UInt8], path: String) throws(ImagingError) {
        let failure = ImagingError.notWritten(
            file: lastComponent(path), field: "", remedy: "check the folder, its permissions and the free space")
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure }
        var written = 0
        while written < bytes.count {
            let step = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
            guard step > 0 else { break }
            written += step
        }
        guard close(descriptor) == 0, written == bytes.count else { throw failure }
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func lastComponent(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? "/"
    }

    func starts(with magic: [UInt8]) -> Bool { bytes.starts(with: magic) }
}
