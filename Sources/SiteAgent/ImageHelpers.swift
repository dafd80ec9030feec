import Foundation

/// Helper processes for one run over a table of cases. They start at once, while the caller still reads what they will be asked.
public final class ImageHelpers: @unchecked Sendable {
    /// How many there are.
    let count: Int
    // Guarded by `lock`; whoever takes a helper has it alone.
    private var idle: [ImageWorker]
    private let lock = NSLock()

    /// Starts helpers.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - seconds: how long a case may take.
    public init(count: Int, seconds: Int) {
        self.count = count
        idle = (0..<count).map { _ in ImageWorker(seconds: seconds) }
        // How many cases there are is not known yet.
        for helper in idle.suffix(ProcessInfo.processInfo.activeProcessorCount) { helper.prepare() }
    }

    func take() -> ImageWorker? {
        lock.lock()
        defer { lock.unlock() }
        return idle.popLast()
    }
}
