import FoundationEssentials
import Glibc
import StudyProtocol

/// Why a helper process did not answer.
public enum ImageWorkerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The helper ended while it worked on the case.
    case crashed
    /// The helper did not answer in time, and was ended.
    case timedOut(seconds: Int)
    /// The helper could not be started.
    case notStarted(String)

    /// Stable word for counting; it may travel.
    public var code: String {
        switch self {
        case .crashed: "reader_crashed"
        case .timedOut: "reader_timed_out"
        case .notStarted: "reader_not_started"
        }
    }

    /// The reason and the remedy in a sentence.
    public var description: String {
        switch self {
        case .crashed:
            "the process that reads images ended on this case, out of memory or because of a broken file; check the files"
        case .timedOut(let seconds):
            "the process that reads images did not finish within \(seconds) s and was ended; check or crop the image"
        case .notStarted(let reason): "the process that reads images could not be started: \(reason)"
        }
    }
}

/// The parent's side of the helper process in which files from outside are parsed: no network, read-only, capped
/// memory, limited time. A crash or a hang costs the case; the next case gets a new process.
///
/// Messages are four bytes of length, little-endian, and JSON. Not for use by several threads at once.
public final class ImageWorker {
    private struct Child {
        let process: pid_t
        let input: Int32
        let output: Int32
    }

    private let executable: String
    private let seconds: Int
    private var child: Child?

    /// Creates the parent's side; the helper is started with the first request.
    ///
    /// - Parameters:
    ///   - executable: the agent's own program, which is started with `image-worker`.
    ///   - seconds: how long a request may take.
    public init(executable: String = "/proc/self/exe", seconds: Int = 600) {
        self.executable = executable
        self.seconds = seconds
    }

    deinit { stop() }

    /// Starts the helper before the first request; if it cannot be started, that request says why.
    func prepare() { if child == nil { child = try? start() } }

    /// Sends a request and waits for the reply.
    ///
    /// - Throws: `ImageWorkerError`.
    public func ask(_ request: ImageRequest) throws -> ImageReply {
        let message = try CanonicalForm.encode(request)
        do {
            var child = try self.child ?? start()
            self.child = child
            do throws(ImageWorkerError) {
                try Self.send(message, to: child.input)
            } catch {
                // The helper ended while it had nothing to do: that is not the fault of this case.
                stop()
                child = try start()
                self.child = child
                try Self.send(message, to: child.input)
            }
            let bytes = try Self.receive(from: child.output, seconds: seconds)
            return try CanonicalForm.decode(ImageReply.self, from: bytes)
        } catch let error as ImageWorkerError {
            stop()
            throw error
        } catch {
            stop()
            throw ImageWorkerError.crashed
        }
    }

    /// Ends the helper.
    public func stop() {
        guard let child else { return }
        self.child = nil
        close(child.input)
        close(child.output)
        kill(child.process, SIGKILL)
        var status: Int32 = 0
        waitpid(child.process, &status, 0)
    }

    private func start() throws(ImageWorkerError) -> Child {
        var (toChild, fromChild): ([Int32], [Int32]) = ([0, 0], [0, 0])
        // Close-on-exec: another helper that is started meanwhile must not keep this one's pipes open.
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw .notStarted("no pipe (error \(errno))") }
        for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: executable)) ?? executable
        var process = pid_t()
        let arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path), strdup("image-worker"), nil]
        // One thread for linear algebra: its pool would map much address space for nothing.
        let environment: [UnsafeMutablePointer<CChar>?] = [
            strdup("OPENBLAS_NUM_THREADS=1"), strdup("LD_LIBRARY_PATH=\(Self.libraryPath)"),
            strdup("SWIFT_BACKTRACE=enable=no"), nil,
        ]
        defer { for text in arguments + environment { free(text) } }
        let code = posix_spawn(&process, path, &actions, nil, arguments, environment)
        close(toChild[0])
        close(fromChild[1])
        guard code == 0 else {
            close(toChild[1])
            close(fromChild[0])
            throw .notStarted("error \(code)")
        }
        return Child(process: process, input: toChild[1], output: fromChild[0])
    }

    private static var libraryPath: String { getenv("LD_LIBRARY_PATH").map { String(cString: $0) } ?? "" }

    /// Writes a message; a reader that has gone is an error, not a signal.
    static func send(_ bytes: Data, to descriptor: Int32) throws(ImageWorkerError) {
        var broken = sigset_t()
        var before = sigset_t()
        sigemptyset(&broken)
        sigaddset(&broken, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &broken, &before)
        defer {
            // What the write raised for this thread is taken before the mask is lifted.
            var raised = sigset_t()
            var number: Int32 = 0
            if sigpending(&raised) == 0, sigismember(&raised, SIGPIPE) == 1 { sigwait(&broken, &number) }
            pthread_sigmask(SIG_SETMASK, &before, nil)
        }
        var message = Data()
        withUnsafeBytes(of: UInt32(bytes.count).littleEndian) { message.append(contentsOf: $0) }
        message.append(bytes)
        let sent = message.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count, let base = buffer.baseAddress {
                let count = write(descriptor, base + offset, buffer.count - offset)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                offset += count
            }
            return true
        }
        if !sent { throw .crashed }
    }

    static func receive(from descriptor: Int32, seconds: Int) throws(ImageWorkerError) -> Data {
        let deadline = ContinuousClock.now + .seconds(seconds)
        func read(_ count: Int) throws(ImageWorkerError) -> Data {
            var bytes = [UInt8](repeating: 0, count: count)
            var filled = 0
            while filled < count {
                let left = (deadline - ContinuousClock.now) / .milliseconds(1)
                guard left > 0 else { throw .timedOut(seconds: seconds) }
                var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                let ready = poll(&waiting, 1, Int32(min(left, 1e9)))
                if ready < 0, errno == EINTR { continue }
                guard ready > 0 else { throw .timedOut(seconds: seconds) }
                let found = bytes.withUnsafeMutableBytes { buffer in
                    buffer.baseAddress.map { Glibc.read(descriptor, $0 + filled, count - filled) } ?? 0
                }
                if found < 0, errno == EINTR { continue }
                guard found > 0 else { throw .crashed }
                filled += found
            }
            return Data(bytes)
        }
        let length = try read(4).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        guard length <= ImageWorkerLimits.messageBytes else { throw .crashed }
        return try read(length)
    }
}

/// Limits of the helper process.
enum ImageWorkerLimits {
    /// Address space: the largest volume that is read, in single and in double precision, and what the runtime maps.
    static let memoryBytes: UInt64 = 6 << 30
    /// Longest message.
    static let messageBytes = 256 << 20
}
